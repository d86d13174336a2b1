//! What Kafka calls a topic: an id that is another each time the topic is made.

use std::ffi::CString;
use std::ptr;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::bindings as kafka;
use rdkafka::client::Client;

/// The topic's id; `None` where Kafka has none or does not say. Blocks.
#[expect(unsafe_code, reason = "the wrapper does not show what librdkafka knows of topics")]
pub fn topic_id<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    within: Duration,
) -> Option<String> {
    let name = CString::new(topic).ok()?;
    let mut names = [name.as_ptr()];
    let millis = i32::try_from(within.as_millis()).ok()?;
    // SAFETY: the client lives as long as its borrow; names, collection, options and queue live until
    // they are destroyed below, each once; what is read of the event is read before it is destroyed,
    // and every pointer that may be null is asked.
    unsafe {
        let client = client.native_ptr();
        let topics =
            kafka::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len());
        let options = kafka::rd_kafka_AdminOptions_new(
            client,
            kafka::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
        );
        // What is not set stays as it is, and the wait below ends all the same.
        kafka::rd_kafka_AdminOptions_set_request_timeout(options, millis, ptr::null_mut(), 0);
        let queue = kafka::rd_kafka_queue_new(client);
        kafka::rd_kafka_DescribeTopics(client, topics, options, queue);
        let event = kafka::rd_kafka_queue_poll(queue, millis);
        let id = if event.is_null() { None } else { id_in(event) };
        if !event.is_null() {
            kafka::rd_kafka_event_destroy(event);
        }
        kafka::rd_kafka_queue_destroy(queue);
        kafka::rd_kafka_AdminOptions_destroy(options);
        kafka::rd_kafka_TopicCollection_destroy(topics);
        id
    }
}

/// # Safety
///
/// The event is alive.
#[expect(unsafe_code, reason = "the wrapper does not show what librdkafka knows of topics")]
unsafe fn id_in(event: *mut kafka::rd_kafka_event_t) -> Option<String> {
    // SAFETY: all that is asked belongs to the event, which is alive; null is no answer.
    unsafe {
        let result = kafka::rd_kafka_event_DescribeTopics_result(event);
        if result.is_null() {
            return None;
        }
        let mut count = 0;
        let topics = kafka::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        if topics.is_null() || count == 0 || (*topics).is_null() {
            return None;
        }
        let id = kafka::rd_kafka_TopicDescription_topic_id(*topics);
        if id.is_null() {
            return None;
        }
        let most = kafka::rd_kafka_Uuid_most_significant_bits(id);
        let least = kafka::rd_kafka_Uuid_least_significant_bits(id);
        (most != 0 || least != 0).then(|| format!("{most:016x}{least:016x}"))
    }
}
