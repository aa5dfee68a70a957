internal import Glibc
internal import JSON

/// The keys that sign this box's agent cards, in the folder of its other keys: `<kid>.card`, 0600, `Created: <Unix seconds>`
/// and then the private key as PEM.
///
/// The newest signs, all are published, so that a card fetched before a rotation still verifies. A first key is made where there is
/// none. Read once: a running server keeps the keys it started with.
public final class CardKeys: Sendable {
    private let newestFirst: [CardKey]
    private let signing: CardKey

    private static let suffix = ".card"

    private init(newestFirst: [CardKey], signing: CardKey) {
        self.newestFirst = newestFirst
        self.signing = signing
    }

    /// Reads the keys of a folder, which exists and is private.
    /// - Throws: ``AccessError`` naming the file that cannot be used.
    public static func open(_ path: String) throws(AccessError) -> CardKeys {
        let directory = try PrivateDirectory(path)
        try directory.lock()
        var keys: [CardKey] = []
        for name in try directory.names() where name.hasSuffix(suffix) {
            guard let bytes = try directory.read(name, limit: 65_536) else { continue }
            let key = try CardKey(file: bytes, path: path + "/" + name)
            guard key.id + suffix == name else {
                throw .corruptFile(path: path + "/" + name, reason: "its key is not the one it is named after")
            }
            keys.append(key)
        }
        keys.sort { ($1.createdAt, $0.id) < ($0.createdAt, $1.id) }
        if let signing = keys.first { return CardKeys(newestFirst: keys, signing: signing) }
        let key = try add(to: directory, after: 0)
        return CardKeys(newestFirst: [key], signing: key)
    }

    /// Makes a further key, which signs from the next start of the server on.
    /// - Returns: Its id.
    @discardableResult
    public static func rotate(_ path: String) throws(AccessError) -> String {
        let latest = try open(path).signing.createdAt
        let directory = try PrivateDirectory(path)
        try directory.lock()
        return try add(to: directory, after: latest).id
    }

    private static func add(to directory: borrowing PrivateDirectory, after latest: Int64) throws(AccessError)
        -> CardKey
    {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        // Two rotations within one second still have an order.
        let key = try CardKey.generate(createdAt: max(Int64(now.tv_sec), latest + 1))
        try directory.write(key.id + suffix, key.fileBytes())
        return key
    }

    /// Every key by its `kid`, newest first, with the Unix second in which it was made.
    public var keys: [(id: String, createdAt: Int64)] { newestFirst.map { ($0.id, $0.createdAt) } }

    /// `kid` of the key that signs.
    public var signingKeyID: String { signing.id }

    /// ES256 over `input`, 64 bytes.
    public func sign(_ input: [UInt8]) throws(AccessError) -> [UInt8] { try signing.sign(input) }

    /// Writes the public halves as members of a JWK set.
    func write(to writer: inout JSONWriter) {
        for key in newestFirst { key.write(to: &writer) }
    }
}
