import A2A
import JSON
import Testing

/// The JSON-RPC binding: what is refused, and how it is told.
@Suite struct RPCEndpointTests {
    private static let get = #"{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{"id":"nope"}}"#

    @Test(arguments: [
        ("{bad", -32700, "INVALID_REQUEST", "null"), ("", -32700, "INVALID_REQUEST", "null"),
        ("[]", -32600, "INVALID_REQUEST", "null"), ("[\(get)]", -32600, "INVALID_REQUEST", "null"),
        ("7", -32600, "INVALID_REQUEST", "null"),
        (#"{"jsonrpc":"2.0","id":{},"method":"GetTask"}"#, -32600, "INVALID_REQUEST", "null"),
        (#"{"jsonrpc":"2.0","id":true,"method":"GetTask"}"#, -32600, "INVALID_REQUEST", "null"),
        (#"{"jsonrpc":"2.0","id":1.5,"method":"GetTask"}"#, -32600, "INVALID_REQUEST", "null"),
        (#"{"jsonrpc":"1.0","id":"a","method":"GetTask"}"#, -32600, "INVALID_REQUEST", #""a""#),
        (#"{"id":7,"method":"GetTask"}"#, -32600, "INVALID_REQUEST", "7"),
        (#"{"jsonrpc":"2.0","id":7}"#, -32600, "INVALID_REQUEST", "7"),
        (#"{"jsonrpc":"2.0","id":7,"method":5}"#, -32600, "INVALID_REQUEST", "7"),
        (#"{"jsonrpc":"2.0","id":7,"method":"Nope"}"#, -32601, "METHOD_NOT_FOUND", "7"),
        (#"{"jsonrpc":"2.0","id":7,"method":"getTask"}"#, -32601, "METHOD_NOT_FOUND", "7"),
        (#"{"jsonrpc":"2.0","id":7,"method":"GetTask","params":[]}"#, -32602, "INVALID_PARAMS", "7"),
        (#"{"jsonrpc":"2.0","id":7,"method":"GetTask"}"#, -32602, "INVALID_PARAMS", "7"),
        (
            #"{"jsonrpc":"2.0","id":7,"method":"GetTask","params":{"id":"x","historyLength":-1}}"#, -32602,
            "INVALID_PARAMS", "7"
        ),
        (#"{"jsonrpc":"2.0","id":7,"method":"ListTasks","params":{"pageSize":0}}"#, -32602, "INVALID_PARAMS", "7"),
        (#"{"jsonrpc":"2.0","id":7,"method":"ListTasks","params":{"pageSize":101}}"#, -32602, "INVALID_PARAMS", "7"),
        (
            #"{"jsonrpc":"2.0","id":7,"method":"ListTasks","params":{"status":"working"}}"#, -32602, "INVALID_PARAMS",
            "7"
        ),
        (#"{"jsonrpc":"2.0","id":7,"method":"SendMessage","params":{}}"#, -32602, "INVALID_PARAMS", "7"),
    ])
    func `refusals have code, reason and id, and status 200`(body: String, code: Int64, reason: String, id: String)
        throws
    {
        let admission = Wire.admit(body)
        let answer = admission.answer
        #expect(admission.reply?.status == 200)
        #expect(answer["error"]?["code"]?.integerValue == code)
        #expect(answer["error"]?["data"]?.arrayValue?.first?["reason"]?.stringValue == reason)
        #expect(try answer["id"] == Wire.json(id))
        #expect(answer["jsonrpc"] == "2.0")
    }

    @Test func `ids are echoed as they came, and a call without one is answered`() throws {
        for id in [#""x""#, "7", "-1", "123456789012345678901234567890", "null"] {
            let body = #"{"jsonrpc":"2.0","id":\#(id),"method":"Nope"}"#
            let start = #"{"jsonrpc":"2.0","id":\#(id),"error""#
            let text = Wire.text(Wire.admit(body).reply?.body ?? [])
            #expect(text.hasPrefix(start))
        }
        #expect(Wire.admit(#"{"jsonrpc":"2.0","method":"Nope"}"#).answer["id"] == .some(.null))
    }

    @Test func `a violation names its field in a BadRequest`() throws {
        let body =
            #"{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{"message":{"messageId":"x","role":"ROLE_USER","parts":[]}}}"#
        #expect(
            Wire.text(Wire.admit(body).reply?.body ?? [])
                == #"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid parameters: message.parts: at least one part is required","#
                + #""data":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"INVALID_PARAMS","domain":"a2a-protocol.org"},"#
                + #"{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"message.parts","description":"at least one part is required"}]}]}}"#
        )
    }

    @Test func `a body that is not JSON by its type is not read`() {
        let admission = Wire.admit("{bad", A2AFields(contentType: "text/plain"))
        #expect(admission.reply?.status == 200)
        #expect(admission.answer["error"]?["code"] == -32005)
        #expect(admission.answer["id"] == .some(.null))
        for type in ["application/json", "application/json; charset=utf-8", "Application/A2A+JSON"] {
            #expect(Wire.admit(Self.get, A2AFields(contentType: type)).call != nil)
        }
    }

    // Header values, then what the current and the old method make of them.
    @Test(arguments: [
        ([], true, true), ([""], true, true), (["1.0"], true, false), (["1.0.3"], true, false),
        (["0.3"], false, true), (["0.3.0"], false, true), (["99.0"], false, false), (["1"], false, false),
        (["1.1"], false, false), (["1.0.x"], false, false), (["1.0", "0.3"], false, false),
        (["1.0", "1.0"], true, false),
    ])
    func `the version header must fit the method`(header: [String], current: Bool, old: Bool) {
        let oldGet = #"{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"id":"x"}}"#
        for (body, isAdmitted) in [(Self.get, current), (oldGet, old)] {
            let admission = Wire.admit(body, A2AFields(version: header))
            #expect((admission.call != nil) == isAdmitted)
            if !isAdmitted {
                #expect(admission.answer["error"]?["code"] == -32009)
                #expect(admission.answer["error"]?["data"]?.arrayValue?.first?["reason"] == "VERSION_NOT_SUPPORTED")
            }
        }
    }

    @Test func `the query names a version where the header does not`() {
        #expect(Wire.admit(Self.get, A2AFields(queryVersion: "1.0")).call != nil)
        #expect(Wire.admit(Self.get, A2AFields(queryVersion: "0.3")).failure?.code == -32009)
        #expect(Wire.admit(Self.get, A2AFields(version: ["1.0"], queryVersion: "0.3")).call != nil)
    }

    @Test func `known extensions are echoed, required ones must be named`() throws {
        let known = AgentCard.Extension(uri: "urn:x:known")
        var endpoint = A2AEndpoint(extensions: [known])
        let named = A2AFields(extensions: ["urn:x:other, urn:x:known", "urn:x:known"])
        let call = try #require(Wire.admit(Self.get, named, endpoint).call)
        #expect(call.framing.headers == ["A2A-Extensions": "urn:x:known"])
        #expect(call.framing.reply(.deleted).headers["A2A-Extensions"] == "urn:x:known")
        #expect(Wire.admit(Self.get, A2AFields(), endpoint).call?.framing.headers == [:])

        endpoint = A2AEndpoint(extensions: [AgentCard.Extension(uri: "urn:x:known", isRequired: true)])
        #expect(Wire.admit(Self.get, named, endpoint).call != nil)
        let refused = Wire.admit(Self.get, A2AFields(), endpoint)
        #expect(refused.failure?.code == -32008)
        #expect(refused.failure?.reason == "EXTENSION_SUPPORT_REQUIRED")
        let card = #"{"jsonrpc":"2.0","id":1,"method":"GetExtendedAgentCard"}"#
        #expect(Wire.admit(card, A2AFields(), endpoint).call?.method == .getExtendedCard)
    }

    @Test(arguments: [
        (
            #"{"method":"GetTask","params":{"id":"t","history_length":2,"tenant":"a"}}"#,
            A2AMethod.getTask(id: "t", historyLength: 2)
        ),
        (#"{"method":"GetTask","params":{"id":"t","historyLength":0}}"#, .getTask(id: "t", historyLength: 0)),
        (#"{"method":"ListTasks"}"#, .listTasks(ListTasksRequest())),
        (
            #"{"method":"ListTasks","params":{"context_id":"c","status":"TASK_STATE_WORKING","page_size":2.0,"pageToken":"p","historyLength":1,"statusTimestampAfter":"1970-01-01T00:00:01Z","include_artifacts":true}}"#,
            .listTasks(
                ListTasksRequest(
                    contextID: "c", state: .working, pageSize: 2, pageToken: "p", historyLength: 1, statusSince: 1000,
                    includesArtifacts: true))
        ),
        (
            #"{"method":"CancelTask","params":{"id":"t","metadata":{"why":1}}}"#,
            .cancelTask(id: "t", metadata: ["why": 1])
        ),
        (#"{"method":"SubscribeToTask","params":{"id":"t"}}"#, .subscribeToTask(id: "t")),
        (
            #"{"method":"CreateTaskPushNotificationConfig","params":{"taskId":"t","id":"p","url":"https://h","token":"k","authentication":{"scheme":"Basic","credentials":"s"}}}"#,
            .createPush(
                PushConfiguration(
                    taskID: "t", id: "p", url: "https://h", token: "k",
                    authentication: PushConfiguration.Authentication(scheme: "Basic", credentials: "s")))
        ),
        (
            #"{"method":"GetTaskPushNotificationConfig","params":{"taskId":"t","id":"p"}}"#,
            .getPush(taskID: "t", id: "p")
        ),
        (#"{"method":"ListTaskPushNotificationConfigs","params":{"taskId":"t"}}"#, .listPush(taskID: "t")),
        (
            #"{"method":"DeleteTaskPushNotificationConfig","params":{"taskId":"t","id":"p"}}"#,
            .deletePush(taskID: "t", id: "p")
        ),
        (#"{"method":"tasks/get","params":{"id":"t","historyLength":0}}"#, .getTask(id: "t", historyLength: nil)),
        (#"{"method":"tasks/cancel","params":{"id":"t"}}"#, .cancelTask(id: "t", metadata: nil)),
        (#"{"method":"tasks/resubscribe","params":{"id":"t"}}"#, .subscribeToTask(id: "t")),
        (
            #"{"method":"tasks/pushNotificationConfig/set","params":{"taskId":"t","pushNotificationConfig":{"url":"https://h"}}}"#,
            .createPush(PushConfiguration(taskID: "t", id: "default", url: "https://h"))
        ),
        (#"{"method":"tasks/pushNotificationConfig/get","params":{"id":"t"}}"#, .getPush(taskID: "t", id: nil)),
        (#"{"method":"tasks/pushNotificationConfig/list","params":{"id":"t"}}"#, .listPush(taskID: "t")),
        (
            #"{"method":"tasks/pushNotificationConfig/delete","params":{"id":"t","pushNotificationConfigId":"p"}}"#,
            .deletePush(taskID: "t", id: "p")
        ),
        (#"{"method":"agent/getAuthenticatedExtendedCard"}"#, .getExtendedCard),
    ])
    func `every method is read`(body: String, method: A2AMethod) throws {
        let whole = #"{"jsonrpc":"2.0","id":1,"# + body.dropFirst()
        let admission = Wire.admit(whole, A2AFields())
        #expect(admission.call?.method == method, "\(admission)")
    }

    @Test(arguments: [
        #"{"kind":"text"}"#, #"{"kind":"image","text":"x"}"#, #"{"text":"x"}"#, #"{"kind":"data","data":[1]}"#,
        #"{"kind":"file","file":{}}"#,
    ])
    func `a part of 0_3 that is none is an invalid parameter`(part: String) {
        let body =
            #"{"jsonrpc":"2.0","id":1,"method":"message/send","params":{"message":{"messageId":"m","role":"user","parts":[\#(part)]}}}"#
        let answer = Wire.admit(body, A2AFields()).answer
        #expect(answer["error"]?["code"] == -32602)
        #expect(answer["error"]?["data"] == nil, "0.3 knows no details")
    }

    @Test func `the id of a stranger's body is found or null`() {
        #expect(A2AEndpoint.requestID(in: Array(Self.get.utf8)) == 1)
        #expect(A2AEndpoint.requestID(in: Array(#"{"id":[]}"#.utf8)) == .null)
        #expect(A2AEndpoint.requestID(in: Array("{".utf8)) == .null)
    }
}
