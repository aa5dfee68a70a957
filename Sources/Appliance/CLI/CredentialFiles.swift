import Access
import TenantStore

/// The files behind credentials, opened beside whatever runs on the folder: commands that make or end credentials need
/// no lock and no server, and a server that runs sees a change within a second.
struct CredentialFiles {
    let folder: DataFolder
    let keys: KeyRing
    let database: ApplianceDatabase

    init(_ arguments: CommandArguments) throws {
        let configuration = try CommandEnvironment.configuration(arguments)
        try CommandEnvironment.becomeOwner(of: configuration.dataFolder)
        folder = try DataFolder(configuration.dataFolder)
        keys = try KeyRing.open(folder.signingKeys)
        database = try ApplianceDatabase.open(folder.applianceDatabase, auditHash: AuditChain.hash)
    }

    /// The tenant a credential is for: `--tenant`, else `CARREL_TENANT`, else the only one.
    func tenant(_ arguments: CommandArguments) throws -> TenantRecord {
        let tenants = try database.tenants()
        let name = arguments["--tenant"] ?? CommandEnvironment.variable("CARREL_TENANT")
        let found = name.map { name in tenants.first { $0.name == name } } ?? (tenants.count == 1 ? tenants[0] : nil)
        if let found { return found }
        guard !tenants.isEmpty else { throw CommandFailure("there is no tenant yet: carrel tenant create NAME") }
        throw CommandFailure(
            "say which tenant with --tenant: \(tenants.map(\.name).joined(separator: ", "))")
    }
}

extension CommandArguments {
    /// A time to live, if given.
    func timeToLive(_ option: String = "--ttl") throws(UsageError) -> Duration? {
        guard let text = self[option] else { return nil }
        guard let ttl = try? Duration(parsingTimeToLive: text) else {
            throw UsageError(message: "option \(option) takes a time such as 15m, 8h or 30d, not \(text)")
        }
        return ttl
    }

    /// `--scope`, which is `search` unless given; never the operator's.
    func tenantScopes() throws(UsageError) -> ScopeSet {
        guard let scopes = try? ScopeSet(parsing: self["--scope"] ?? "search"), !scopes.contains(.operator) else {
            throw UsageError(message: "option --scope takes search, write, admin and audit, separated by commas")
        }
        return scopes
    }
}
