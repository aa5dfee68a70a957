import A2A
import JSON
import Testing

/// Values on the wire, in both versions.
@Suite struct CodecTests {
    @Test func `a task of 1_0 in its golden bytes`() {
        #expect(
            Wire.text(Sample.task.encoded())
                == #"{"id":"9b","contextId":"c1","status":{"state":"TASK_STATE_COMPLETED","timestamp":"2026-11-21T08:15:43.410Z"},"#
                + #""artifacts":[{"artifactId":"report","name":"report.md","parts":[{"text":"Report","mediaType":"text/markdown"}]},"#
                + #"{"artifactId":"d","parts":[{"data":{"a":1}}]},"#
                + #"{"artifactId":"f","parts":[{"url":"https://x.example/a.pdf","mediaType":"application/pdf","filename":"a.pdf"}]},"#
                + #"{"artifactId":"r","parts":[{"raw":"AP8Q","mediaType":"application/octet-stream"}]},"#
                + #"{"artifactId":"l","parts":[{"data":[1,2]}]}],"#
                + #""history":[{"messageId":"m-1","contextId":"c1","taskId":"9b","role":"ROLE_USER","parts":[{"text":"Research ACME"}]}]}"#
        )
    }

    @Test func `a task of 0_3 in its golden bytes`() {
        #expect(
            Wire.written { Sample.task.write(to: &$0, as: .v0_3) }
                == #"{"kind":"task","id":"9b","contextId":"c1","status":{"state":"completed","timestamp":"2026-11-21T08:15:43.410Z"},"#
                + #""artifacts":[{"artifactId":"report","name":"report.md","parts":[{"kind":"text","text":"Report"}]},"#
                + #"{"artifactId":"d","parts":[{"kind":"data","data":{"a":1}}]},"#
                + #"{"artifactId":"f","parts":[{"kind":"file","file":{"uri":"https://x.example/a.pdf","mimeType":"application/pdf","name":"a.pdf"}}]},"#
                + #"{"artifactId":"r","parts":[{"kind":"file","file":{"bytes":"AP8Q","mimeType":"application/octet-stream"}}]},"#
                + #"{"artifactId":"l","parts":[{"kind":"data","data":{"value":[1,2]},"metadata":{"data_part_compat":true}}]}],"#
                + #""history":[{"kind":"message","messageId":"m-1","contextId":"c1","taskId":"9b","role":"user","parts":[{"kind":"text","text":"Research ACME"}]}]}"#
        )
    }

    @Test func `what was written reads back as it was`() throws {
        #expect(try AgentTask(json: Wire.json(Sample.task.encoded())) == Sample.task)
        let items: [StreamItem] = [
            .task(Sample.task), .message(Sample.message),
            .statusUpdate(
                TaskStatusUpdate(
                    taskID: "9b", contextID: "c1",
                    status: TaskStatus(.inputRequired, message: Sample.message, timestamp: Sample.time),
                    metadata: ["step": "ask", "index": 2])),
            .artifactUpdate(
                TaskArtifactUpdate(
                    taskID: "9b", contextID: "c1", artifact: Artifact(artifactID: "a", parts: [Part(.text(""))]),
                    append: true, lastChunk: false)),
        ]
        for item in items { #expect(try StreamItem(json: Wire.json(item.encoded())) == item) }
    }

    @Test func `messages of 0_3 read as those of 1_0`() throws {
        let body =
            #"{"jsonrpc":"2.0","id":1,"method":"message/send","params":{"message":{"kind":"message","messageId":"m","role":"user","#
            + #""parts":[{"kind":"text","text":"hi"},{"kind":"file","file":{"bytes":"AP8Q","mimeType":"a/b","name":"n"}},"#
            + #"{"kind":"file","file":{"uri":"https://x"}},{"kind":"data","data":{"a":1}},"#
            + #"{"kind":"data","data":{"value":7},"metadata":{"data_part_compat":true}}]},"#
            + #""configuration":{"blocking":false,"acceptedOutputModes":["text/plain"],"historyLength":0,"#
            + #""pushNotificationConfig":{"url":"https://p","authentication":{"schemes":["Bearer"],"credentials":"s"}}}}}"#
        let call = try #require(Wire.admit(body, A2AFields()).call)
        guard case .sendMessage(let request) = call.method else {
            Issue.record("not a send")
            return
        }
        #expect(
            request.message.parts == [
                Part(.text("hi")), Part(.raw([0, 255, 16]), mediaType: "a/b", filename: "n"), Part(.url("https://x")),
                Part(.data(["a": 1])), Part(.data(7)),
            ])
        #expect(request.returnImmediately)
        #expect(request.historyLength == nil, "0.3 says 0 where it means all")
        #expect(request.acceptedOutputModes == ["text/plain"])
        #expect(request.push?.authentication == PushConfiguration.Authentication(scheme: "Bearer", credentials: "s"))
        #expect(call.framing.version == .v0_3)
    }

    @Test(arguments: [
        (#"{"role":"ROLE_USER","parts":[{"text":"x"}]}"#, "messageId"),
        (#"{"messageId":"","role":"ROLE_USER","parts":[{"text":"x"}]}"#, "messageId"),
        (#"{"messageId":"m","role":"user","parts":[{"text":"x"}]}"#, "role"),
        (#"{"messageId":"m","role":"ROLE_USER","parts":[]}"#, "parts"),
        (#"{"messageId":"m","role":"ROLE_USER"}"#, "parts"),
        (#"{"messageId":"m","role":"ROLE_USER","parts":"x"}"#, "parts"),
        (#"{"messageId":"m","role":"ROLE_USER","parts":[{"text":"x"},{}]}"#, "parts[1]"),
        (#"{"messageId":"m","role":"ROLE_USER","parts":[{"text":"x","url":"y"}]}"#, "parts[0]"),
        (#"{"messageId":"m","role":"ROLE_USER","parts":[{"text":7}]}"#, "parts[0].text"),
        (#"{"messageId":"m","role":"ROLE_USER","parts":[{"raw":"*"}]}"#, "parts[0].raw"),
        (#"{"messageId":"m","role":"ROLE_USER","parts":[{"text":"x","metadata":[]}]}"#, "parts[0].metadata"),
        (#"{"messageId":"m","role":"ROLE_USER","parts":[{"text":"x"}],"extensions":[1]}"#, "extensions"),
    ])
    func `errors name the field`(json: String, field: String) throws {
        let value = try Wire.json(json)
        #expect {
            try Message(json: value)
        } throws: { error in
            if case A2AError.invalidParams(field, _) = error { true } else { false }
        }
    }

    @Test func `both spellings are read, unknown fields are not, null is absent`() throws {
        let message = try Message(
            json: Wire.json(
                #"{"message_id":"m","role":"ROLE_AGENT","parts":[{"text":"x","media_type":"a/b","xNew":{}}],"#
                    + #""context_id":"c","taskId":null,"reference_task_ids":["t"],"xUnknown":1}"#))
        #expect(
            message
                == Message(
                    messageID: "m", contextID: "c", role: .agent, parts: [Part(.text("x"), mediaType: "a/b")],
                    referenceTaskIDs: ["t"]))
    }

    @Test func `null is data, and whole numbers have no fraction`() throws {
        let part =
            #"{"messageId":"m","role":"ROLE_USER","parts":[{"data":null}],"metadata":{"n":42.0,"f":0.5,"z":-0.0}}"#
        let message = try Message(json: Wire.json(part))
        #expect(message.parts == [Part(.data(.null))])
        #expect(
            Wire.text(message.encoded())
                == #"{"messageId":"m","role":"ROLE_USER","parts":[{"data":null}],"metadata":{"n":42,"f":0.5,"z":-0.0}}"#
        )
    }

    @Test func `every state and role has its word in both versions`() {
        let words = TaskState.allCases.map { state in
            Wire.written { TaskStatus(state, timestamp: 0).write(to: &$0, as: .v0_3) }.split(separator: "\"")[3]
        }
        #expect(
            words == [
                "submitted", "working", "completed", "failed", "canceled", "input-required", "rejected",
                "auth-required",
            ])
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00.000Z", 0), ("2026-11-21T08:15:43.410Z", Sample.time),
        ("2024-02-29T23:59:59.999Z", 1_709_251_199_999), ("1969-12-31T23:59:59.999Z", -1),
        ("2000-03-01T00:00:00.000Z", 951_868_800_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ])
    func `times are written and read`(text: String, time: Int64) throws {
        let status = TaskStatus(.working, timestamp: time)
        #expect(Wire.text(status.encoded()).contains(text))
        #expect(try TaskStatus(json: Wire.json(status.encoded())).timestamp == time)
    }

    @Test(
        arguments: [
            ("2026-11-21T10:15:43.41+02:00", Sample.time), ("2026-11-21t08:15:43.4109999z", Sample.time),
            ("2026-11-21T08:15:43Z", Sample.time - 410), ("2026-02-29T00:00:00Z", nil), ("2026-11-21T08:15:43", nil),
            ("2026-11-21", nil), ("yesterday", nil), ("2026-11-21T24:00:00Z", nil), ("2026-11-21T08:15:43.Z", nil),
        ] as [(String, Int64?)])
    func `times of others are read or refused`(text: String, time: Int64?) throws {
        let value: JSONValue = ["state": "TASK_STATE_WORKING", "timestamp": .string(text)]
        #expect((try? TaskStatus(json: value))?.timestamp == time)
    }

    @Test(
        arguments: [
            ("", []), ("AA==", [0]), ("AA", [0]), ("_-8", [255, 239]), ("/+8=", [255, 239]), ("AP8Q", [0, 255, 16]),
        ] as [(String, [UInt8])])
    func `base64 of either alphabet is read`(text: String, bytes: [UInt8]) throws {
        let value: JSONValue = [
            "messageId": "m", "role": "ROLE_USER", "parts": [["raw": .string(text)]],
        ]
        #expect(try Message(json: value).parts == [Part(.raw(bytes))])
    }

    @Test func `the history is cut to its last messages`() {
        var task = Sample.task
        task.history = (1...3).map { Message(messageID: "\($0)", role: .user, parts: [Part(.text("x"))]) }
        #expect(task.trimmed(historyLength: nil).history?.count == 3)
        #expect(task.trimmed(historyLength: 2).history?.map(\.messageID) == ["2", "3"])
        #expect(task.trimmed(historyLength: 9).history?.count == 3)
        #expect(task.trimmed(historyLength: 0).history == nil)
    }
}
