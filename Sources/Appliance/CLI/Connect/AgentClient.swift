import JSON

/// A program that can use Carrel's tools, and how it wants to be told.
enum AgentClient: String, CaseIterable {
    case claudeDesktop = "claude-desktop"
    case claudeCode = "claude-code"
    case cursor
    case vscode
    case langgraph

    /// As people call it.
    var title: String {
        switch self {
        case .claudeDesktop: "Claude Desktop"
        case .claudeCode: "Claude Code"
        case .cursor: "Cursor"
        case .vscode: "VS Code"
        case .langgraph: "LangGraph"
        }
    }

    /// Where the entry `carrel` stands in the client's file; nil for a client without one.
    var path: [String]? {
        switch self {
        case .claudeDesktop, .claudeCode, .cursor: ["mcpServers", "carrel"]
        case .vscode: ["servers", "carrel"]
        case .langgraph: nil
        }
    }

    /// The client's file on this system.
    /// - Throws: ``CommandFailure`` when it lies in a home folder and there is none.
    func file() throws(CommandFailure) -> String? {
        switch self {
        case .claudeDesktop:
            let name = "/Claude/claude_desktop_config.json"
            if let folder = CommandEnvironment.variable("XDG_CONFIG_HOME") { return folder + name }
            return try Self.home() + "/.config" + name
        case .claudeCode: return try Self.home() + "/.claude.json"
        case .cursor: return ".cursor/mcp.json"
        case .vscode: return ".vscode/mcp.json"
        case .langgraph: return nil
        }
    }

    private static func home() throws(CommandFailure) -> String {
        guard let home = CommandEnvironment.variable("HOME") else {
            throw CommandFailure("HOME is not set; name the client's file with --file")
        }
        return home
    }

    /// Where the snippet goes, on every system, and what to do then.
    var advice: String {
        switch self {
        case .claudeDesktop:
            """
            Merge it into claude_desktop_config.json, then quit and open Claude Desktop:
              Linux    ~/.config/Claude/claude_desktop_config.json
              macOS    ~/Library/Application Support/Claude/claude_desktop_config.json
              Windows  %APPDATA%\\Claude\\claude_desktop_config.json
            """
        case .claudeCode: "Run this line once in a shell; `claude mcp list` shows it."
        case .cursor:
            """
            Merge it into .cursor/mcp.json of a project, or into ~/.cursor/mcp.json (Windows: %USERPROFILE%\\.cursor\\mcp.json).
            The file holds the key: keep it out of version control.
            """
        case .vscode:
            """
            Merge it into .vscode/mcp.json of a project, or open your own with "MCP: Open User Configuration".
            The file holds the key: keep it out of version control.
            """
        case .langgraph:
            "Needs: pip install langchain-mcp-adapters. The file holds the key: keep it out of version control."
        }
    }

    /// The entry under ``path``.
    func entry(_ server: BridgeCommand, key: String) -> JSONValue {
        let type: [(String, JSONValue)] = self == .vscode || self == .claudeCode ? [("type", "stdio")] : []
        return .object(
            JSONObject(
                type + [
                    ("command", .string(server.command)), ("args", .array(server.arguments.map(JSONValue.string))),
                    ("env", ["CARREL_TOKEN": .string(key)]),
                ]))
    }

    /// What the user puts where ``advice`` says.
    func snippet(_ server: BridgeCommand, key: String) -> String {
        switch self {
        case .claudeDesktop, .cursor, .vscode:
            let entry = entry(server, key: key)
            let root = (path ?? []).reversed().reduce(entry) { value, name in [name: value] }
            return JSONLayout().text(root)
        case .claudeCode:
            // The name stands first: `--env` takes every word up to the dashes.
            return
                ([
                    "claude", "mcp", "add", "carrel", "--scope", "user", "--env", "CARREL_TOKEN=\(key)", "--",
                    server.command,
                ]
                + server.arguments).map(\.shellWord).joined(separator: " ")
        case .langgraph: return Self.python(server, key: key)
        }
    }

    /// JSON strings and lists of them are Python's too.
    private static func python(_ server: BridgeCommand, key: String) -> String {
        func quoted(_ text: String) -> String { JSONLayout().text(.string(text)) }
        return """
            import asyncio

            from langchain_mcp_adapters.client import MultiServerMCPClient

            client = MultiServerMCPClient({
                "carrel": {
                    "transport": "stdio",
                    "command": \(quoted(server.command)),
                    "args": \(JSONLayout().text(.array(server.arguments.map(JSONValue.string)))),
                    "env": {"CARREL_TOKEN": \(quoted(key))},
                }
            })
            tools = asyncio.run(client.get_tools())  # for your graph: create_react_agent(model, tools)
            print(*(tool.name for tool in tools))
            """
    }
}

/// How a client starts the bridge.
struct BridgeCommand {
    /// Absolute, since a client's search path is its own.
    var command: String
    var arguments: [String]
}
