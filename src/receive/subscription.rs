//! What a member of a consumer group says it is subscribed to, in the classic protocol's own form.

/// The topics; none if it is not of that form.
pub(super) fn topics(metadata: &[u8]) -> Vec<String> {
    let mut rest = metadata;
    if take::<2>(&mut rest).is_none() {
        return Vec::new();
    }
    let count = take::<4>(&mut rest).map_or(0, i32::from_be_bytes);
    (0..count).map_while(|_| text(&mut rest)).collect()
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(take::<2>(rest).map(i16::from_be_bytes)?).ok()?;
    let (text, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    String::from_utf8(text.to_vec()).ok()
}

fn take<const LENGTH: usize>(rest: &mut &[u8]) -> Option<[u8; LENGTH]> {
    let (taken, behind) = rest.split_first_chunk::<LENGTH>()?;
    *rest = behind;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use super::topics;

    #[test]
    fn a_subscription_names_its_topics() {
        let mut metadata = vec![0, 1, 0, 0, 0, 2];
        for topic in ["a.control", "b"] {
            metadata.extend([0, u8::try_from(topic.len()).unwrap()]);
            metadata.extend(topic.as_bytes());
        }
        metadata.extend([0, 0, 0, 0]);
        assert_eq!(topics(&metadata), ["a.control", "b"]);
    }

    #[test]
    fn what_is_no_subscription_names_none() {
        assert!(topics(&[]).is_empty());
        assert!(topics(&[0, 1, 0, 0, 0, 9, 0, 200, 1]).is_empty());
        assert!(topics(&[0, 1, 255, 255, 255, 255]).is_empty());
    }
}
