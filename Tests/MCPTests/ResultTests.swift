import JSON
import JSONRPC
import MCP
import Testing

/// Golden bytes of results and notifications beside those of tools.
@Suite struct ResultTests {
    private let endpoint = Wire.full
    private let old = MCPEra.legacy(.v2025_11_25)

    private func modern(_ members: String, type: String = "complete") -> String {
        #"200 {"jsonrpc":"2.0","id":7,"result":{"resultType":"\#(type)",\#(members)\#(members.isEmpty ? "" : ",")\#(Wire.info)}}"#

    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `resources, templates and prompts in their lists`() {
        #expect(
            text(
                ResourceDefinition(uri: "a:b", name: "n", title: "T", description: "D", mimeType: "text/plain").entry
                    .encoded)
                == #"{"uri":"a:b","name":"n","title":"T","description":"D","mimeType":"text/plain"}"#)
        #expect(text(ResourceDefinition(uri: "a:b", name: "n").entry.encoded) == #"{"uri":"a:b","name":"n"}"#)
        let template = ResourceTemplate(
            uriTemplate: "a://{x}/b/{y}", name: "n", title: "T", description: "D", mimeType: "text/plain")
        #expect(
            text(template.entry.encoded)
                == #"{"uriTemplate":"a://{x}/b/{y}","name":"n","title":"T","description":"D","mimeType":"text/plain"}"#)
        #expect(template.variables == ["x", "y"])
        let prompt = PromptDefinition(
            name: "p", title: "T", description: "D", arguments: [.init("a", "A", isRequired: true), .init("b", "B")])
        #expect(
            text(prompt.entry.encoded)
                == #"{"name":"p","title":"T","description":"D","arguments":[{"name":"a","description":"A","required":true},{"name":"b","description":"B","required":false}]}"#
        )
        #expect(prompt.problem(in: ["a": "x"]) == nil)
        #expect(prompt.problem(in: ["b": "x"]) == "Prompt p needs argument a")
    }

    @Test func `contents are never cached`() {
        let contents = [
            ResourceContents(uri: "a:b", mimeType: "text/plain", body: .text("é\"")),
            ResourceContents(uri: "a:c", mimeType: nil, body: .blob("AA==")),
        ]
        let members =
            #""contents":[{"uri":"a:b","mimeType":"text/plain","text":"é\""},{"uri":"a:c","blob":"AA=="}]"#
        #expect(
            endpoint.resourceReply(to: Wire.call(.modern, .resourcesRead(uri: "a:b")), contents).text
                == modern(members + #","ttlMs":0,"cacheScope":"private""#))
        #expect(
            endpoint.resourceReply(to: Wire.call(old, .resourcesRead(uri: "a:b")), contents).text
                == #"200 {"jsonrpc":"2.0","id":7,"result":{\#(members)}}"#)
    }

    @Test func `a resource that is not there has a code for each era`() {
        let uri = "search://documents/a/b"
        #expect(
            endpoint.errorReply(
                to: Wire.call(.modern, .resourcesRead(uri: uri)), .resourceNotFound(uri, in: .modern)
            ).text
                == #"400 {"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"Resource not found: \#(uri)","data":{"uri":"\#(uri)"}}}"#
        )
        #expect(
            endpoint.errorReply(to: Wire.call(old, .resourcesRead(uri: uri)), .resourceNotFound(uri, in: old)).text
                == #"200 {"jsonrpc":"2.0","id":7,"error":{"code":-32002,"message":"Resource not found: \#(uri)","data":{"uri":"\#(uri)"}}}"#
        )
    }

    @Test func `a prompt's messages hold one block each`() {
        let prompt = PromptResult(
            description: "D",
            messages: [
                .init(.user, .text("t")), .init(.assistant, .image(data: "AA==", mimeType: "image/png")),
                .init(.user, .resource(ResourceContents(uri: "a:b", mimeType: "text/plain", body: .text("x")))),
            ])
        let members =
            #""description":"D","messages":[{"role":"user","content":{"type":"text","text":"t"}},{"role":"assistant","content":{"type":"image","data":"AA==","mimeType":"image/png"}},{"role":"user","content":{"type":"resource","resource":{"uri":"a:b","mimeType":"text/plain","text":"x"}}}]"#
        let call = MCPMethod.promptsGet(name: "p", arguments: [:])
        #expect(endpoint.promptReply(to: Wire.call(.modern, call), prompt).text == modern(members))
        #expect(
            endpoint.promptReply(to: Wire.call(old, call), prompt).text
                == #"200 {"jsonrpc":"2.0","id":7,"result":{\#(members)}}"#)
    }

    @Test func `a tool may give blocks of every kind`() {
        var result = ToolResult.content([
            .audio(data: "AA==", mimeType: "audio/wav"),
            .resourceLink(ResourceDefinition(uri: "a:b", name: "n", mimeType: "text/plain")),
        ])
        result.isError = true
        let members =
            #""content":[{"type":"audio","data":"AA==","mimeType":"audio/wav"},{"type":"resource_link","uri":"a:b","name":"n","mimeType":"text/plain"}],"isError":true"#
        #expect(
            endpoint.toolReply(to: Wire.call(.modern, .toolsCall(name: "t", arguments: [:])), result).text
                == modern(members))
        #expect(text(endpoint.encoded(result)) == "{\(members)}")
    }

    @Test func `a completion holds at most 100 values and says whether there are more`() {
        let call = Wire.call(
            .modern, .complete(CompletionRequest(.prompt("p"), argument: "a", value: "")))
        #expect(
            endpoint.completionReply(to: call, Completion(all: ["a", "b"])).text
                == modern(#""completion":{"values":["a","b"],"total":2,"hasMore":false}"#))
        #expect(
            endpoint.completionReply(to: call, .none).text
                == modern(#""completion":{"values":[],"total":0,"hasMore":false}"#))
        let many = (0..<101).map(String.init)
        let all = Completion(all: many)
        #expect((all.values.count, all.total, all.hasMore) == (100, 101, true))
        let first = Completion(first: many, hasMore: false)
        #expect((first.values.count, first.total, first.hasMore) == (100, nil, true))
        #expect(Completion(first: ["a"], hasMore: false).total == 1)
    }

    @Test func `a demand has its own type and no caching hints`() {
        let form = InputRequired.form("Really?", properties: ["ok": ["type": "boolean"]], required: ["ok"])
        let call = Wire.call(.modern, .toolsCall(name: "t", arguments: [:]))
        #expect(
            endpoint.inputRequiredReply(to: call, requests: ["confirm": form], state: "s").text
                == modern(
                    #""inputRequests":{"confirm":{"method":"elicitation/create","params":{"mode":"form","message":"Really?","requestedSchema":{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}}}},"requestState":"s""#,
                    type: "input_required"))
        #expect(
            endpoint.inputRequiredReply(
                to: Wire.call(.modern, .resourcesRead(uri: "a")), requests: ["confirm": form], state: nil
            ).text.contains("ttlMs") == false)
    }

    @Test(arguments: [
        (#"{"k":{"action":"accept","content":{"a":1}},"extra":5}"#, true, false), (#"{}"#, false, false),
        (#"{"k":5}"#, false, false), (#"{"k":null}"#, false, false), (#"{"k":{"action":"accept"}}"#, false, false),
        (#"{"k":{"action":"decline"}}"#, false, true), (#"{"k":{"action":"cancel"}}"#, false, true),
        (#"{"other":{"action":"accept","content":{"a":1}}}"#, false, false),
    ])
    func onlyAnAcceptedFormIsAnAnswer(_ responses: String, _ isAccepted: Bool, _ isDeclined: Bool) throws {
        let round = InputRound(
            responses: try #require(try JSONValue(parsing: Array(responses.utf8)).objectValue))
        #expect((round.acceptedForm("k") == ["a": 1]) == isAccepted)
        #expect(round.isDeclined("k") == isDeclined)
    }

    @Test func `tasks are flat, with their outcome only when asked for`() {
        var task = TaskView(
            id: "t1", state: .working, message: "100 of 300", createdAt: "C", updatedAt: "U",
            timeToLive: .seconds(3_600), pollInterval: .milliseconds(500))
        let call = Wire.call(.modern, .tasksGet(id: "t1"))
        let fields = { (status: String) in
            #""taskId":"t1","status":"\#(status)","statusMessage":"100 of 300","createdAt":"C","lastUpdatedAt":"U","ttlMs":3600000,"pollIntervalMs":500"#
        }
        #expect(endpoint.taskCreatedReply(to: call, task).text == modern(fields("working"), type: "task"))
        #expect(endpoint.taskReply(to: call, task).text == modern(fields("working")))
        task.state = .completed(Array(#"{"content":[],"isError":true}"#.utf8))
        #expect(
            endpoint.taskReply(to: call, task).text
                == modern(fields("completed") + #","result":{"content":[],"isError":true}"#))
        task.state = .failed(.internalError)
        #expect(
            endpoint.taskReply(to: call, task).text
                == modern(fields("failed") + #","error":{"code":-32603,"message":"Internal error"}"#))
        task.state = .cancelled
        #expect(endpoint.taskReply(to: call, task).text == modern(fields("cancelled")))
        #expect(endpoint.emptyReply(to: call).text == modern(""))
        #expect(endpoint.errorReply(to: call, .unknownTask("t1")).verdict == "400 -32602 7")
    }

    @Test func `progress only goes forward`() {
        var progress = ProgressMessages(token: "p7")
        #expect(
            progress.step(0, of: 100).map(text)
                == #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p7","progress":0,"total":100}}"#
        )
        #expect(progress.step(0, of: 100) == nil)
        #expect(
            progress.step(12.5, of: nil, message: "m").map(text)
                == #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p7","progress":12.5,"message":"m"}}"#
        )
        for value in [12.5, 3, -1, .nan, .infinity] { #expect(progress.step(value, of: nil) == nil) }
        var numbered = ProgressMessages(token: 7)
        #expect(numbered.step(1, of: 2).map(text)?.contains(#""progressToken":7,"#) == true)
    }
}
