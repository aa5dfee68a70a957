/// What a credential may do.
///
/// `admin` and `audit` reach its own tenant only; `operator` runs the box and opens no document.
public enum Scope: String, Sendable, CaseIterable {
    /// Read and search documents.
    case search
    /// Change documents; implies ``search``.
    case write
    /// Manage the token's own tenant.
    case admin
    /// Read the own tenant's audit trail.
    case audit
    /// Manage tenants, keys and backups of the box; always alone, never with a tenant.
    case `operator`

    /// Reads a scope by its name or an accepted alias (`search:read`, `search:write`, `a2a:invoke`).
    public init?(named word: some StringProtocol) {
        switch word {
        case "search:read", "a2a:invoke": self = .search
        case "search:write": self = .write
        default:
            guard let scope = Scope(rawValue: String(word)) else { return nil }
            self = scope
        }
    }
}

/// A set of scopes as a token carries it.
public struct ScopeSet: Sendable, Hashable, OptionSet {
    /// One bit per scope, in the order of ``Scope/allCases``.
    public let rawValue: UInt8

    /// Takes the bits as they are.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A set of the scopes given.
    public init(_ scopes: some Sequence<Scope>) {
        self.init(rawValue: scopes.reduce(0) { $0 | ScopeSet.bit(of: $1) })
    }

    /// Reads scopes separated by spaces or commas; aliases become the scope they stand for.
    /// - Throws: ``AccessError/unknownScope(_:)``, with an empty word when the text names none.
    public init(parsing text: String) throws(AccessError) {
        var bits: UInt8 = 0
        for word in text.split(whereSeparator: { $0 == " " || $0 == "," }) {
            guard let scope = Scope(named: word) else { throw .unknownScope(String(word)) }
            bits |= ScopeSet.bit(of: scope)
        }
        guard bits != 0 else { throw .unknownScope("") }
        self.init(rawValue: bits)
    }

    /// Only ``Scope/search``.
    public static let search = ScopeSet(CollectionOfOne(.search))
    /// Only ``Scope/write``.
    public static let write = ScopeSet(CollectionOfOne(.write))
    /// Only ``Scope/admin``.
    public static let admin = ScopeSet(CollectionOfOne(.admin))
    /// Only ``Scope/audit``.
    public static let audit = ScopeSet(CollectionOfOne(.audit))
    /// Only ``Scope/operator``.
    public static let `operator` = ScopeSet(CollectionOfOne(.operator))

    /// Whether the set allows what `scope` stands for: `write` implies `search`, nothing else implies anything.
    public func grants(_ scope: Scope) -> Bool {
        contains(scope) || (scope == .search && contains(.write))
    }

    /// Whether the scope itself is in the set, without implications.
    public func contains(_ scope: Scope) -> Bool { rawValue & ScopeSet.bit(of: scope) != 0 }

    /// The scopes in the set, in the order of ``Scope/allCases``.
    public var scopes: [Scope] { Scope.allCases.filter { contains($0) } }

    private static func bit(of scope: Scope) -> UInt8 {
        switch scope {
        case .search: 1
        case .write: 2
        case .admin: 4
        case .audit: 8
        case .operator: 16
        }
    }
}

extension ScopeSet: CustomStringConvertible {
    /// The canonical names, separated by spaces, always in the same order.
    public var description: String { scopes.map(\.rawValue).joined(separator: " ") }
}
