/// What can go wrong in Access outside the judgement of a credential (see ``CredentialRejection``).
///
/// Never holds key material, tokens or query texts.
public enum AccessError: Error, Equatable, Sendable {
    // The caller's to mend.

    /// Not `[a-z0-9][a-z0-9-]{0,62}`.
    case invalidTenantName(String)
    /// A word that is no scope and no alias of one; empty where no scope was named at all.
    case unknownScope(String)
    /// Not a rate such as `100/s` or `10/min`.
    case invalidRate(String)
    /// Not a time to live such as `90s`, `15m`, `1h` or `30d`.
    case invalidDuration(String)
    /// Claims that ``KeyRing/verify(_:acceptedAudiences:now:)`` would refuse; names the claim.
    case invalidClaims(String)
    /// No active key has this id.
    case unknownKey(String)
    /// The only active key cannot be retired: rotate first.
    case lastKey(String)

    // The operator's to mend.

    /// A system call failed on a path.
    case system(call: String, path: String, errno: Int32)
    /// A folder or file that others than its owner can reach, or that belongs to somebody else.
    case insecurePermissions(path: String, mode: UInt32)
    /// A symbolic link, folder or device where a plain file (or, for the folder, a real folder) must be.
    case notPlain(path: String)
    /// A key or id file whose content is not what its name promises.
    case corruptFile(path: String, reason: String)
    /// No active signing key is left.
    case noSigningKey(directory: String)

    // Ours.

    /// OpenSSL refused an operation that cannot fail on valid input.
    case cryptography(operation: String)
}

extension AccessError: CustomStringConvertible {
    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .invalidTenantName(let name):
            "tenant name '\(excerpt(name))' is not valid: 1 to 63 of a-z, 0-9 and '-', not starting with '-'"
        case .unknownScope(""):
            "no scope was named; choose from search, write, admin, audit"
        case .unknownScope(let word):
            "unknown scope '\(excerpt(word))'; choose from search, write, admin, audit"
        case .invalidRate(let text):
            "rate '\(excerpt(text))' is not valid; write it as 100/s, 10/min or 500/h"
        case .invalidDuration(let text):
            "duration '\(excerpt(text))' is not valid; write it as 90s, 15m, 1h or 30d, at most 3650d"
        case .invalidClaims(let claim):
            "a token cannot be issued with this \(claim)"
        case .unknownKey(let id):
            "no active signing key '\(excerpt(id))'"
        case .lastKey(let id):
            "'\(excerpt(id))' is the only active signing key; rotate first, then retire it"
        case .system(let call, let path, let code):
            "\(call) failed on \(path): error \(code)"
        case .insecurePermissions(let path, let mode):
            "\(path) must belong to this user and to nobody else (mode is 0\(String(mode, radix: 8))); chmod it to 0700 (folder) or 0600 (file)"
        case .notPlain(let path):
            "\(path) is a symbolic link or not a plain file; it is refused"
        case .corruptFile(let path, let reason):
            "\(path) is damaged: \(reason)"
        case .noSigningKey(let directory):
            "no active signing key in \(directory)"
        case .cryptography(let operation):
            "the cryptographic library refused to \(operation)"
        }
    }

    /// Callers' text in a message is cut, so that a message stays one line.
    private func excerpt(_ text: String) -> String {
        let printable = text.unicodeScalars.prefix(80).map {
            $0.properties.generalCategory == .control ? "?" : String($0)
        }
        return printable.joined() + (text.unicodeScalars.count > 80 ? "…" : "")
    }
}
