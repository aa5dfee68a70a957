import A2A
import JSON
import Testing

/// 0.3 over HTTP+JSON: the spelling of its definition in protobuf.
@Suite struct OldRESTTests {
    private static let fields = A2AFields(contentType: "application/json", version: ["0.3"])
    private static let framing = A2AFraming(
        binding: .rest(success: "application/json", error: "application/json"), version: .v0_3)

    private func send(_ message: String, _ rest: String = "") -> A2AAdmission {
        Wire.rest("POST", "v1/message:send", body: #"{"message":\#(message)\#(rest)}"#, Self.fields)
    }

    @Test func `a task as 0.3 writes it`() throws {
        let written = try Wire.json(Self.framing.reply(.sent(.task(Sample.task))).body)
        let expected = try Wire.json(
            #"""
            {"task":{"id":"9b","contextId":"c1","status":{"state":"TASK_STATE_COMPLETED","timestamp":"2026-11-21T08:15:43.410Z"},
             "artifacts":[{"artifactId":"report","name":"report.md","parts":[{"text":"Report"}]},
              {"artifactId":"d","parts":[{"data":{"data":{"a":1}}}]},
              {"artifactId":"f","parts":[{"file":{"fileWithUri":"https://x.example/a.pdf","mimeType":"application/pdf","name":"a.pdf"}}]},
              {"artifactId":"r","parts":[{"file":{"fileWithBytes":"AP8Q","mimeType":"application/octet-stream"}}]},
              {"artifactId":"l","parts":[{"data":{"data":{"value":[1,2]}},"metadata":{"data_part_compat":true}}]}],
             "history":[{"messageId":"m-1","contextId":"c1","taskId":"9b","role":"ROLE_USER","content":[{"text":"Research ACME"}]}]}}
            """#)
        #expect(written == expected)
    }

    @Test func `events say which is the last`() throws {
        func event(_ state: TaskState) throws -> JSONValue {
            let update = TaskStatusUpdate(taskID: "t", contextID: "c", status: TaskStatus(state, timestamp: 0))
            return try Wire.json(Self.framing.eventData(.statusUpdate(update)))["statusUpdate"] ?? .null
        }
        #expect(try event(.working)["final"] == false)
        #expect(try event(.inputRequired)["final"] == true)
        #expect(try event(.canceled)["status"]?["state"] == "TASK_STATE_CANCELLED")
        #expect(try Wire.json(Self.framing.eventData(.message(Sample.message)))["message"]?["content"] != nil)
    }

    @Test(arguments: ["message", "request"])
    func `messages are read as they are written`(name: String) throws {
        var message = Sample.message
        message.parts = (Sample.task.artifacts ?? []).flatMap(\.parts).map { part in
            var part = part
            // Texts and data have no media type in 0.3.
            if part.text != nil || part.data != nil { part.mediaType = nil }
            return part
        }
        let written = Wire.written { message.write(to: &$0, as: .v0_3REST) }
        let admitted = Wire.rest("POST", "v1/message:stream", body: #"{"\#(name)":\#(written)}"#, Self.fields)
        #expect(admitted.call?.method == .sendStreamingMessage(SendMessageRequest(message: message)))
        #expect(admitted.call?.framing == Self.framing)
    }

    @Test(arguments: [
        ("", false), (#","configuration":{}"#, true), (#","configuration":{"blocking":false}"#, true),
        (#","configuration":{"blocking":true}"#, false),
    ])
    func `who asks not to wait leaves a word out`(rest: String, immediately: Bool) throws {
        let message = #"{"messageId":"m","role":"ROLE_USER","content":[{"text":"hi"}]}"#
        guard case .sendMessage(let request)? = send(message, rest).call?.method else {
            Issue.record("not admitted")
            return
        }
        #expect(request.returnImmediately == immediately)
    }

    @Test(arguments: [
        (#"{"messageId":"m","role":"user","content":[{"text":"hi"}]}"#, "message.role"),
        (#"{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]}"#, "message.content"),
        (#"{"messageId":"m","role":"ROLE_USER","content":[{"kind":"text"}]}"#, "message.content[0]"),
        (#"{"messageId":"m","role":"ROLE_USER","content":[{"text":"a","data":{"data":{}}}]}"#, "message.content[0]"),
        (#"{"messageId":"m","role":"ROLE_USER","content":[{"data":{"a":1}}]}"#, "message.content[0].data.data"),
        (#"{"messageId":"m","role":"ROLE_USER","content":[{"file":{"mimeType":"a/b"}}]}"#, "message.content[0].file"),
        (
            #"{"messageId":"m","role":"ROLE_USER","content":[{"file":{"fileWithBytes":"%"}}]}"#,
            "message.content[0].file.fileWithBytes"
        ),
    ])
    func `what is wrong is named in the words of 0.3`(message: String, field: String) throws {
        let refused = send(message)
        #expect(refused.failure?.violations.map(\.field) == [field])
        #expect(refused.answer["type"] == "InvalidParamsError")
        #expect(refused.answer["error"]?["code"] == 400)
        #expect(refused.reply?.status == 400)
    }

    @Test(arguments: [
        ("GET", "v1/tasks/t", A2AMethod.getTask(id: "t", historyLength: nil)),
        ("POST", "v1/tasks/t:cancel", .cancelTask(id: "t", metadata: nil)),
        ("GET", "v1/tasks/t:subscribe", .subscribeToTask(id: "t")),
        ("POST", "v1/tasks/t:subscribe", .subscribeToTask(id: "t")),
        ("GET", "v1/tasks/t/pushNotificationConfigs", .listPush(taskID: "t")),
        ("DELETE", "v1/tasks/t/pushNotificationConfigs/p", .deletePush(taskID: "t", id: "p")),
        ("GET", "v1/card", .getExtendedCard),
    ])
    func `paths stand for methods`(method: String, path: String, expected: A2AMethod) {
        for version in [["0.3"], []] {
            #expect(Wire.rest(method, path, [:], A2AFields(version: version)).call?.method == expected)
        }
        #expect(Wire.rest(method, path, [:], A2AFields(version: ["1.0"])).failure?.reason == "VERSION_NOT_SUPPORTED")
        #expect(Wire.rest(method, "acme/" + path).failure?.reason == "METHOD_NOT_FOUND")
    }

    @Test(arguments: [
        #"{"parent":"tasks/t","configId":"p","config":{"name":"x","pushNotificationConfig":{"id":"p","url":"https://h","authentication":{"schemes":["Bearer"],"credentials":"s"}}}}"#,
        #"{"pushNotificationConfig":{"id":"p","url":"https://h","authentication":{"schemes":["Bearer"],"credentials":"s"}}}"#,
        #"{"id":"p","url":"https://h","authentication":{"schemes":["Bearer"],"credentials":"s"}}"#,
        #"{"configId":"p","url":"https://h","authentication":{"schemes":["Bearer"],"credentials":"s"}}"#,
    ])
    func `push configurations as clients send them`(body: String) throws {
        let expected = PushConfiguration(
            taskID: "t", id: "p", url: "https://h",
            authentication: PushConfiguration.Authentication(scheme: "Bearer", credentials: "s"))
        let call = Wire.rest("POST", "v1/tasks/t/pushNotificationConfigs", body: body, Self.fields).call
        #expect(call?.method == .createPush(expected))
        #expect(
            try Wire.json(Self.framing.reply(.pushes([expected])).body)
                == Wire.json(
                    #"{"configs":[{"name":"tasks/t/pushNotificationConfigs/p","pushNotificationConfig":{"id":"p","url":"https://h","authentication":{"schemes":["Bearer"]}}}]}"#
                ))
        #expect(Wire.text(Self.framing.reply(.deleted).body) == "{}")
    }
}
