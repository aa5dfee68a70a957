import A2A
import JSON
import Testing

/// The HTTP+JSON binding: paths, parameters, media types, errors.
@Suite struct RESTEndpointTests {
    @Test(arguments: [
        ("GET", "tasks/t", A2AMethod.getTask(id: "t", historyLength: nil)),
        ("POST", "tasks/t:cancel", .cancelTask(id: "t", metadata: nil)),
        ("GET", "tasks/t:subscribe", .subscribeToTask(id: "t")),
        ("POST", "tasks/t:subscribe", .subscribeToTask(id: "t")),
        ("GET", "tasks/t/pushNotificationConfigs", .listPush(taskID: "t")),
        ("GET", "tasks/t/pushNotificationConfigs/p", .getPush(taskID: "t", id: "p")),
        ("DELETE", "tasks/t/pushNotificationConfigs/p", .deletePush(taskID: "t", id: "p")),
        ("GET", "extendedAgentCard", .getExtendedCard), ("GET", "tasks", .listTasks(ListTasksRequest())),
        ("GET", "tasks/t:other", .getTask(id: "t:other", historyLength: nil)),
    ])
    func `paths stand for methods`(method: String, path: String, expected: A2AMethod) throws {
        #expect(Wire.rest(method, path).call?.method == expected)
        let prefixed = try #require(Wire.rest(method, "acme/" + path).call)
        #expect(prefixed.method == expected)
        #expect(prefixed.tenant == "acme")
    }

    @Test func `the query holds the parameters of a GET`() {
        #expect(Wire.rest("GET", "tasks/t", ["historyLength": "0"]).call?.method == .getTask(id: "t", historyLength: 0))
        let list = Wire.rest(
            "GET", "tasks",
            [
                "contextId": "c", "status": "TASK_STATE_COMPLETED", "pageSize": "2", "includeArtifacts": "true",
                "A2A-Version": "1.0", "xUnknown": "1",
            ])
        #expect(
            list.call?.method
                == .listTasks(ListTasksRequest(contextID: "c", state: .completed, pageSize: 2, includesArtifacts: true))
        )
        for query in [
            ["pageSize": "0"], ["pageSize": "x"], ["status": "done"], ["includeArtifacts": "1"],
            ["historyLength": "-1"],
        ] {
            #expect(Wire.rest("GET", "tasks", query).reply?.status == 400, "\(query)")
        }
    }

    @Test func `ids of the path rule over those of the body`() throws {
        let made = Wire.rest(
            "POST", "tasks/t/pushNotificationConfigs", body: #"{"taskId":"other","id":"p","url":"https://h"}"#)
        #expect(made.call?.method == .createPush(PushConfiguration(taskID: "t", id: "p", url: "https://h")))
        #expect(
            Wire.rest("POST", "tasks/t:cancel", body: #"{"id":"other"}"#).call?.method
                == .cancelTask(id: "t", metadata: nil))
    }

    @Test(arguments: [
        ("GET", "nope", "", 404, "NOT_FOUND", "METHOD_NOT_FOUND"),
        ("GET", "v1/tasks", "", 404, "NOT_FOUND", "METHOD_NOT_FOUND"),
        ("DELETE", "tasks/t", "", 405, "UNIMPLEMENTED", "METHOD_NOT_FOUND"),
        ("POST", "message:send", "", 400, "INVALID_ARGUMENT", "INVALID_REQUEST"),
        ("POST", "message:send", "[]", 400, "INVALID_ARGUMENT", "INVALID_REQUEST"),
        ("POST", "message:send", "{}", 400, "INVALID_ARGUMENT", "INVALID_PARAMS"),
    ])
    func `refusals are google rpc statuses`(
        method: String, path: String, body: String, status: Int, name: String, reason: String
    ) {
        let admission = Wire.rest(method, path, body: body)
        let error = admission.answer["error"]
        #expect(admission.reply?.status == status)
        #expect(error?["code"]?.integerValue == Int64(status))
        #expect(error?["status"]?.stringValue == name)
        #expect(error?["details"]?.arrayValue?.first?["reason"]?.stringValue == reason)
        #expect(admission.reply?.headers["Allow"] == (status == 405 ? "GET" : nil))
    }

    @Test func `versions and media types`() {
        #expect(Wire.rest("GET", "tasks", [:], A2AFields(version: ["0.3"])).reply?.status == 400)
        #expect(Wire.rest("GET", "tasks", [:], A2AFields()).call != nil)
        let plain = Wire.rest("POST", "message:send", body: "x", A2AFields(contentType: "text/plain"))
        #expect(plain.reply?.status == 415)
        #expect(plain.failure?.reason == "CONTENT_TYPE_NOT_SUPPORTED")
    }

    // Accept, Content-Type, body; then the type of success and that of errors.
    @Test(
        arguments: [
            ([], nil, false, "application/a2a+json", "application/json"),
            (["*/*"], nil, false, "application/a2a+json", "application/json"),
            (["application/json"], nil, false, "application/json", "application/json"),
            (
                ["application/json, application/a2a+json;q=0.9"], nil, false, "application/a2a+json",
                "application/a2a+json"
            ),
            ([], "application/json", true, "application/json", "application/json"),
            ([], "application/a2a+json; charset=utf-8", true, "application/a2a+json", "application/a2a+json"),
            (["application/a2a+json"], "application/json", true, "application/a2a+json", "application/a2a+json"),
        ] as [([String], String?, Bool, String, String)])
    func `answers come in the type that is wanted`(
        accept: [String], type: String?, hasBody: Bool, success: String, error: String
    ) {
        let framing = A2AEndpoint().restFraming(
            A2AFields(contentType: type, accept: accept), hasBody: hasBody, path: ["tasks", "t"])
        #expect(framing.reply(.deleted).headers["Content-Type"] == success)
        #expect(framing.reply(A2AFailure(.pushNotSupported)).headers["Content-Type"] == error)
    }

    @Test(arguments: [RESTMediaType.json, .a2a], [[], ["application/json"], ["application/a2a+json"]])
    func `an operator's type is every answer's`(type: RESTMediaType, accept: [String]) {
        let endpoint = A2AEndpoint(restType: type)
        for path in [["tasks", "t"], ["message:send"]] {
            let framing = endpoint.restFraming(A2AFields(accept: accept), hasBody: false, path: path)
            #expect(framing.reply(.deleted).headers["Content-Type"] == type.rawValue)
            #expect(framing.reply(A2AFailure(.pushNotSupported)).headers["Content-Type"] == type.rawValue)
        }
        let old = endpoint.restFraming(A2AFields(accept: accept), hasBody: false, path: ["v1", "tasks", "t"])
        #expect(old.reply(.deleted).headers["Content-Type"] == "application/json")
    }
}
