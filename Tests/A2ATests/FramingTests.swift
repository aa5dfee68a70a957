import A2A
import JSON
import Testing

/// Answers, errors and events in the form of each binding.
@Suite struct FramingTests {
    private static let rpc = A2AFraming(binding: .jsonRPC(id: 7), version: .v1_0)
    private static let old = A2AFraming(binding: .jsonRPC(id: "x"), version: .v0_3)
    private static let rest = A2AFraming(
        binding: .rest(success: "application/json", error: "application/json"), version: .v1_0)

    private static let working = StreamItem.statusUpdate(
        TaskStatusUpdate(
            taskID: "9b", contextID: "c1", status: TaskStatus(.working, timestamp: Sample.time),
            metadata: ["step": "search", "index": 2, "total": 6]))

    /// Error, code, HTTP status, status, reason, code in 0.3.
    static let table: [(A2AError, Int64, Int, String, String, Int64)] = [
        (.taskNotFound(id: "3f36"), -32001, 404, "NOT_FOUND", "TASK_NOT_FOUND", -32001),
        (.taskNotCancelable(id: "3f36"), -32002, 400, "FAILED_PRECONDITION", "TASK_NOT_CANCELABLE", -32002),
        (.pushNotSupported, -32003, 400, "FAILED_PRECONDITION", "PUSH_NOTIFICATION_NOT_SUPPORTED", -32003),
        (.unsupportedOperation("no"), -32004, 400, "FAILED_PRECONDITION", "UNSUPPORTED_OPERATION", -32004),
        (.contentTypeNotSupported("a/b"), -32005, 400, "INVALID_ARGUMENT", "CONTENT_TYPE_NOT_SUPPORTED", -32005),
        (.invalidAgentResponse, -32006, 500, "INTERNAL", "INVALID_AGENT_RESPONSE", -32006),
        (.extendedCardNotConfigured, -32007, 400, "FAILED_PRECONDITION", "EXTENDED_AGENT_CARD_NOT_CONFIGURED", -32007),
        (.extensionRequired(uri: "u"), -32008, 400, "FAILED_PRECONDITION", "EXTENSION_SUPPORT_REQUIRED", -32603),
        (.versionNotSupported(requested: "9"), -32009, 400, "FAILED_PRECONDITION", "VERSION_NOT_SUPPORTED", -32603),
        (.invalidParams(field: "f", reason: "r"), -32602, 400, "INVALID_ARGUMENT", "INVALID_PARAMS", -32602),
    ]

    @Test func `every error of the table in every binding`() throws {
        for (error, code, http, status, reason, oldCode) in Self.table {
            let failure = A2AFailure(error)
            let info: (JSONValue?) -> JSONValue? = { $0?.arrayValue?.first }

            let rpc = Self.rpc.reply(failure)
            let inRPC = try Wire.json(rpc.body)["error"]
            #expect(rpc.status == 200 && inRPC?["code"]?.integerValue == code)
            #expect(info(inRPC?["data"])?["reason"]?.stringValue == reason)
            #expect(info(inRPC?["data"])?["domain"] == "a2a-protocol.org")
            #expect(Set(inRPC?.objectValue?.keys ?? []) == ["code", "message", "data"])

            let rest = Self.rest.reply(failure)
            let inREST = try Wire.json(rest.body)["error"]
            #expect(rest.status == http && inREST?["code"]?.integerValue == Int64(http))
            #expect(inREST?["status"]?.stringValue == status)
            #expect(info(inREST?["details"]) == info(inRPC?["data"]))
            #expect(inREST?["message"] == inRPC?["message"])

            let old = Self.old.reply(failure)
            #expect(try old.status == 200 && Wire.json(old.body)["error"]?["code"]?.integerValue == oldCode)
        }
    }

    @Test func `an unknown task in golden bytes`() {
        let failure = A2AFailure(.taskNotFound(id: "3f36"))
        let info =
            #"[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"TASK_NOT_FOUND","domain":"a2a-protocol.org","metadata":{"taskId":"3f36"}}]"#
        #expect(
            Wire.text(Self.rpc.reply(failure).body)
                == #"{"jsonrpc":"2.0","id":7,"error":{"code":-32001,"message":"Task not found: 3f36","data":\#(info)}}"#
        )
        #expect(
            Wire.text(Self.rest.reply(failure).body)
                == #"{"error":{"code":404,"status":"NOT_FOUND","message":"Task not found: 3f36","details":\#(info)}}"#)
        #expect(
            Wire.text(Self.old.reply(failure).body)
                == #"{"jsonrpc":"2.0","id":"x","error":{"code":-32001,"message":"Task not found"}}"#)
    }

    @Test func `refused callers have a status in JSON-RPC too`() throws {
        for (failure, status, reason) in [
            (A2AFailure.unauthenticated("no"), 401, "UNAUTHENTICATED"),
            (.permissionDenied("no"), 403, "PERMISSION_DENIED"), (.payloadTooLarge("no"), 413, "INVALID_REQUEST"),
            (.internalError("no"), 200, "INTERNAL_ERROR"),
        ] {
            let reply = Self.rpc.reply(failure)
            #expect(reply.status == status)
            #expect(try Wire.json(reply.body)["error"]?["data"]?.arrayValue?.first?["reason"]?.stringValue == reason)
        }
        #expect(try Wire.json(Self.rpc.reply(.unauthenticated("no")).body)["error"]?["code"] == -32000)
        #expect(Self.rest.reply(.unauthenticated("no")).status == 401)
        #expect(Self.rest.reply(.internalError("no")).status == 500)
    }

    @Test func `results in golden bytes`() {
        let bare = AgentTask(id: "9b", contextID: "c1", status: TaskStatus(.submitted, timestamp: Sample.time))
        let task =
            #"{"id":"9b","contextId":"c1","status":{"state":"TASK_STATE_SUBMITTED","timestamp":"2026-11-21T08:15:43.410Z"}}"#
        let oldTask =
            #"{"kind":"task","id":"9b","contextId":"c1","status":{"state":"submitted","timestamp":"2026-11-21T08:15:43.410Z"}}"#
        let results: [(A2AResult, current: String, old: String)] = [
            (.sent(.task(bare)), #"{"task":\#(task)}"#, oldTask), (.task(bare), task, oldTask),
            (
                .tasks(TaskPage(tasks: [bare], nextPageToken: "", pageSize: 2, totalSize: 7)),
                #"{"tasks":[\#(task)],"nextPageToken":"","pageSize":2,"totalSize":7}"#, ""
            ),
            (
                .push(
                    PushConfiguration(
                        taskID: "9b", id: "p", url: "https://h", token: "t",
                        authentication: PushConfiguration.Authentication(scheme: "Bearer", credentials: "secret"))),
                #"{"taskId":"9b","id":"p","url":"https://h","token":"t","authentication":{"scheme":"Bearer"}}"#,
                #"{"taskId":"9b","pushNotificationConfig":{"id":"p","url":"https://h","token":"t","authentication":{"schemes":["Bearer"]}}}"#
            ),
            (.pushes([]), #"{"configs":[]}"#, "[]"), (.deleted, "{}", "null"),
        ]
        for (result, current, old) in results {
            #expect(Wire.text(Self.rpc.reply(result).body) == #"{"jsonrpc":"2.0","id":7,"result":\#(current)}"#)
            #expect(Wire.text(Self.rest.reply(result).body) == current)
            guard !old.isEmpty else { continue }
            #expect(Wire.text(Self.old.reply(result).body) == #"{"jsonrpc":"2.0","id":"x","result":\#(old)}"#)
        }
    }

    @Test func `events in golden bytes`() {
        let current =
            #"{"statusUpdate":{"taskId":"9b","contextId":"c1","status":{"state":"TASK_STATE_WORKING","timestamp":"2026-11-21T08:15:43.410Z"},"metadata":{"step":"search","index":2,"total":6}}}"#
        #expect(Wire.text(Self.rpc.eventData(Self.working)) == #"{"jsonrpc":"2.0","id":7,"result":\#(current)}"#)
        #expect(Wire.text(Self.rest.eventData(Self.working)) == current)
        #expect(
            Wire.text(Self.old.eventData(Self.working))
                == #"{"jsonrpc":"2.0","id":"x","result":{"kind":"status-update","taskId":"9b","contextId":"c1","#
                + #""status":{"state":"working","timestamp":"2026-11-21T08:15:43.410Z"},"final":false,"metadata":{"step":"search","index":2,"total":6}}}"#
        )
        for framing in [Self.rpc, Self.rest, Self.old] {
            #expect(framing.eventData(Self.working, encoded: Self.working.encoded()) == framing.eventData(Self.working))
        }
    }

    @Test func `an event of 0_3 says that it is the last`() throws {
        for state in TaskState.allCases {
            let item = StreamItem.statusUpdate(
                TaskStatusUpdate(taskID: "t", contextID: "c", status: TaskStatus(state, timestamp: 0)))
            let result = try Wire.json(Self.old.eventData(item))["result"]
            #expect(
                result?["final"]?.boolValue
                    == [.completed, .failed, .canceled, .rejected, .inputRequired].contains(state))
        }
    }

    @Test func `chunks of artifacts`() throws {
        var update = TaskArtifactUpdate(
            taskID: "t", contextID: "c", artifact: Artifact(artifactID: "a", parts: [Part(.text("x"))]),
            lastChunk: false)
        #expect(
            Wire.text(Self.rest.eventData(.artifactUpdate(update)))
                == #"{"artifactUpdate":{"taskId":"t","contextId":"c","artifact":{"artifactId":"a","parts":[{"text":"x"}]}}}"#
        )
        update.append = true
        update.lastChunk = true
        #expect(
            Wire.text(Self.old.eventData(.artifactUpdate(update)))
                == #"{"jsonrpc":"2.0","id":"x","result":{"kind":"artifact-update","taskId":"t","contextId":"c","#
                + #""artifact":{"artifactId":"a","parts":[{"kind":"text","text":"x"}]},"append":true,"lastChunk":true}}"#
        )
    }
}
