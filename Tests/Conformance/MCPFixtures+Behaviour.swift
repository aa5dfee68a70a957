import Appliance
import JSON
import JSONRPC
import MCP
import Synchronization

/// Calls of one fixture that run now.
private let runningCalls = Atomic(0)

extension MCPFixtures {
    /// Tools that do something beside answering.
    static let behaviourTools: [MCPTool] = [
        tool("test_tool_with_progress", "Tells how far it is", tellsProgress: true) { _, request in
            for step in [0.0, 50, 100] {
                try await request.progress.report(step, of: 100, "Completed step \(Int(step)) of 100")
                try await Task.sleep(for: .milliseconds(50))
            }
            return text("Done")
        },
        tool("test_missing_capability", "Needs a client that samples") { _, request in
            guard request.client.samples else { throw RPCError.missingClientCapability(["sampling": [:]]) }
            return text("The client declares sampling")
        },
        tool("test_streaming_elicitation", "Asks nobody") { _, _ in text("Nothing was asked on the stream") },
        tool("test_logging_tool", "Logs nothing") { _, _ in text("Nothing was logged to the client") },
        tool("test_trigger_tool_change", "Says that the tools changed") { appliance, _ in
            appliance.changes.announce(.tools)
            return text("Told")
        },
        tool("test_trigger_prompt_change", "Says that the prompts changed") { appliance, _ in
            appliance.changes.announce(.prompts)
            return text("Told")
        },
        tool("test_trigger_resource_change", "Says that test://watched-resource changed") { appliance, _ in
            appliance.changes.announce(resource: "test://watched-resource")
            return text("Told")
        },
        // Of our own tests of calls that are taken back.
        tool(
            "test_slow_with_progress", "Tells every 50 ms, or after each pause in seconds, that it is still at work",
            input: [
                "type": "object",
                "properties": ["seconds": ["type": "number"], "pause": ["type": "number"]], "required": ["seconds"],
            ],
            tellsProgress: true
        ) { _, request in
            runningCalls.add(1, ordering: .relaxed)
            defer { runningCalls.subtract(1, ordering: .relaxed) }
            let pause = min(max(request.arguments["pause"]?.doubleValue ?? 0, 0.05), 60)
            let steps = Int(min(request.arguments["seconds"]?.doubleValue ?? 0, 600) / pause)
            for step in 0..<max(steps, 1) {
                try await request.progress.report(Double(step), of: Double(steps))
                try await Task.sleep(for: .seconds(pause))
            }
            return text("Done")
        },
        tool("test_running_calls", "How many calls of test_slow_with_progress run") { _, _ in
            text(String(runningCalls.load(ordering: .relaxed)))
        },
        // The tasks extension.
        tool(
            "greet", "Answers at once",
            input: ["type": "object", "properties": ["name": ["type": "string"]], "required": ["name"]]
        ) { _, request in text("Hello, \(request.arguments["name"]?.stringValue ?? "")!") },
        tool(
            "slow_compute", "Takes so many seconds",
            input: [
                "type": "object",
                "properties": ["seconds": ["type": "number"], "label": ["type": "string"]], "required": ["seconds"],
            ]
        ) { _, request in
            let seconds = request.arguments["seconds"]?.doubleValue ?? 0
            return background(request) {
                try await Task.sleep(for: .seconds(min(max(seconds, 0), 600)))
                return .content([.text("Computed for \(seconds) seconds")])
            }
        },
        tool("failing_job", "Fails as a tool after a second") { _, request in
            background(request) {
                try await Task.sleep(for: .seconds(1))
                return .failure("This job fails")
            }
        },
        tool("protocol_error_job", "Breaks as a server") { _, request in
            background(request) { throw RPCError.internalError }
        },
    ]

    /// A task for those who take one, the work itself for others.
    private static func background(
        _ request: MCPRequest, _ work: @escaping @Sendable () async throws -> ToolResult
    ) -> ToolOutcome {
        .task { _ in try await work() }
    }
}
