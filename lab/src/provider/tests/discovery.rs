use super::{Caller, ENTERPRISE, TENANT};
use serde_json::{Value, json};

#[test]
fn the_provider_says_what_it_can() {
    let page = Caller::netskope().get("/ServiceProviderConfig");
    assert_eq!(page["filter"], json!({ "supported": true, "maxResults": 200 }));
    assert_eq!(page["bulk"]["supported"], json!(false));
    let page = Caller::rfc().get("/ServiceProviderConfig");
    assert_eq!(page["etag"], json!({ "supported": true }));
}

#[test]
fn schemas_and_resource_types_name_each_other() {
    let mut caller = Caller::netskope();
    let types = caller.get("/ResourceTypes");
    let user = &types["Resources"][0];
    let extensions: Vec<&Value> = user["schemaExtensions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|extension| &extension["schema"])
        .collect();
    assert_eq!(extensions, [&json!(ENTERPRISE), &json!(TENANT)]);
    for urn in extensions.into_iter().chain([&user["schema"]]) {
        let page = caller.get(&format!("/Schemas/{}", urn.as_str().unwrap()));
        assert_eq!(&page["id"], urn);
    }
    assert_eq!(caller.get("/ResourceTypes/Group")["endpoint"], json!("/Groups"));
    assert_eq!(caller.call("GET", "/Schemas/urn:nothing", Value::Null).status, 404);
}

#[test]
fn a_filter_is_forbidden_there() {
    let answer = Caller::rfc().call("GET", "/Schemas?filter=id%20pr", Value::Null);
    assert_eq!(answer.status, 403);
}
