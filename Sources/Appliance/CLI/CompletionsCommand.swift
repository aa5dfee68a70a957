import Access
import Glibc
import TenantStore

extension Command {
    static let completions = Command(
        "completions", "WHAT",
        kind: .oneOf(["bash", "zsh", "fish"]),
        summary: "Print the completion script of a shell: bash, zsh or fish",
        about: [
            "make install puts the scripts where the shells look for them. The scripts ask this command for the names "
                + "of tenants and collections (WHAT is then tenants or collections), one a line."
        ],
        examples: [
            "source <(carrel completions bash)",
            "carrel completions fish > ~/.config/fish/completions/carrel.fish",
        ],
        options: [.data, .tenant], run: printCompletions)

    @Sendable private static func printCompletions(_ arguments: CommandArguments) async throws {
        let what = try arguments.operands("WHAT")[0]
        let commands = CommandLineTool.commands
        switch what {
        case "bash": Terminal.output(BashCompletion(commands: commands).script)
        case "zsh": Terminal.output(ZshCompletion(commands: commands).script)
        case "fish": Terminal.output(FishCompletion(commands: commands).script)
        case "tenants": for name in try knownTenants(arguments) { Terminal.output(name) }
        case "collections": for name in try knownCollections(arguments) { Terminal.output(name) }
        default:
            throw UsageError(message: "WHAT takes bash, zsh or fish, not '\(what)'")
        }
    }

    /// Read from the folder's files, whoever holds the folder; a folder that is not there is not made.
    private static func knownTenants(_ arguments: CommandArguments) throws -> [String] {
        guard let folder = try existingFolder(arguments) else { return [] }
        let database = try ApplianceDatabase.open(folder.applianceDatabase, auditHash: AuditChain.hash)
        return try database.tenants().map(\.name)
    }

    private static func knownCollections(_ arguments: CommandArguments) throws -> [String] {
        let tenants = try knownTenants(arguments)
        let wanted = arguments["--tenant"] ?? CommandEnvironment.variable("CARREL_TENANT")
        guard let folder = try existingFolder(arguments),
            let name = wanted ?? (tenants.count == 1 ? tenants.first : nil), tenants.contains(name)
        else { return [] }
        let path = folder.tenantDatabase(try TenantName(name))
        guard access(path, R_OK) == 0 else { return [] }
        return try ReaderPool(path: path).read { try $0.collections().map(\.name) }
    }

    private static func existingFolder(_ arguments: CommandArguments) throws -> DataFolder? {
        let path = try CommandEnvironment.configuration(arguments).dataFolder
        guard access(path + "/appliance.sqlite", R_OK) == 0 else { return nil }
        try CommandEnvironment.becomeOwner(of: path)
        return try DataFolder(path)
    }
}
