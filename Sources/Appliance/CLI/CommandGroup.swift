/// Commands that belong together, under one heading of the help.
struct CommandGroup: Sendable {
    let title: String
    let commands: [Command]

    /// Every command of the tool: what is not in this list does not exist.
    static let all: [CommandGroup] = [
        CommandGroup(
            title: "Documents",
            commands: [.importDocuments, .sync, .search, .explain, .delete, .eval] + Command.judgeCommands
                + Command.benchCommands + Command.collectionCommands + [.spaces, .analyze, .compact]
                + Command.legCommands + [.doctor]),
        CommandGroup(title: "Serving", commands: [.serve, .demo, .tlsSelfSigned]),
        CommandGroup(title: "Clients", commands: [.stdio, .connect]),
        CommandGroup(
            title: "Tenants and credentials",
            commands: Command.tenantCommands + Command.tokenCommands + Command.keyCommands + Command.apiKeyCommands
                + Command.clientCommands),
        CommandGroup(title: "This program", commands: Command.modelCommands + [.version, .completions]),
    ]
}
