import Access
import Glibc
import TenantStore

/// Makes and ends the keys that clients get.
struct ClientKeys {
    struct Made {
        var text: String
        var explanation: String
    }

    /// Run as root, on a folder of another user.
    let becameOwner: Bool
    private let files: CredentialFiles
    private let tenant: TenantRecord
    private let user: String
    private let life: Duration

    init(_ arguments: CommandArguments) throws {
        let path = try CommandEnvironment.configuration(arguments).dataFolder
        guard access(path, F_OK) == 0 else {
            throw CommandFailure("\(path) is not there: name the data folder with --data")
        }
        user = arguments["--user"] ?? Self.loginName
        guard TokenClaims.isUserID(user) else {
            throw UsageError(message: "option --user takes 1 to 256 bytes without control characters")
        }
        life = try arguments.timeToLive() ?? APIKeyRoll.defaultLife
        let before = geteuid()
        files = try CredentialFiles(arguments)
        becameOwner = geteuid() != before
        tenant = try files.tenant(arguments)
    }

    /// The data folder, absolute.
    var folder: String { files.folder.root }

    private static var loginName: String {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else { return "user-\(getuid())" }
        return String(cString: name)
    }

    /// A key that may search and no more.
    func create() throws -> Made {
        let made = try APIKeyRoll(files.database).create(tenant: tenant, user: user, scopes: .search, life: life)
        let until = Timestamp(milliseconds: made.record.expiresAt * 1000).description.prefix(10)
        return Made(
            text: made.key.text,
            explanation: "The key searches tenant \(tenant.name) as \(user) until \(until); end it sooner with: "
                + "carrel apikey revoke \(made.key.id)")
    }

    /// Ends a key of this box; false for anything else, and for one that had ended already.
    ///
    /// The whole key must fit: who can write into a client's file must not be able to end other people's keys by id.
    @discardableResult
    func revokeIfOurs(_ text: String) -> Bool {
        let roll = APIKeyRoll(files.database)
        guard let key = APIKey(text), let record = try? roll.all().first(where: { $0.id == key.id }),
            record.revokedAt == nil, key.opens(record.secretHash)
        else { return false }
        return (try? roll.revoke(key.id)) != nil
    }

    /// A credential as it may be shown: a key's id, or nothing.
    static func masked(_ text: String) -> String {
        (APIKey(text)?.id).map { $0 + "_…" } ?? "…"
    }
}
