import Access
import Glibc
import JSON
import TenantStore

/// `demo.env`: one token per tenant, kept across starts so that a client set up yesterday works today.
///
/// Shell lines `CARREL_TOKEN_LAW_FIRM=…`, mode 0600. A token is renewed at a start with less than a week left.
struct DemoTokens {
    let path: String

    init(folder: DataFolder) {
        path = folder.root + "/demo.env"
    }

    /// Reads the tokens, renews those that are missing, refused or old, writes the file if one was renewed.
    func renew(
        for tenants: [String], keys: KeyRing, database: ApplianceDatabase
    ) throws -> [String: String] {
        let kept = try read()
        var tokens: [String: String] = [:]
        let now = Timestamp.now.seconds
        for name in tenants {
            guard let tenant = try database.tenant(named: name) else { continue }
            if let token = kept[Self.variable(name)],
                case .success(let claims) = keys.verify(token, acceptedAudiences: [], now: now),
                claims.tenantUID == tenant.uid, claims.expiresAt - now >= 7 * 86_400
            {
                tokens[name] = token
                continue
            }
            let claims = keys.makeClaims(
                tenant: try TenantIdentity(name: TenantName(name), uid: tenant.uid), userID: "demo",
                scopes: [.search, .write], ttl: .seconds(30 * 86_400), now: now)
            tokens[name] = try keys.issue(claims)
        }
        if tokens.contains(where: { kept[Self.variable($0.key)] != $0.value }) {
            try write(tenants.compactMap { name in tokens[name].map { (Self.variable(name), $0) } })
        }
        return tokens
    }

    private static func variable(_ tenant: String) -> String {
        "CARREL_TOKEN_" + String(tenant.map { $0 == "-" ? "_" : $0 }).uppercased()
    }

    private func read() throws -> [String: String] {
        guard access(path, F_OK) == 0 else { return [:] }
        var reader = try FileLineReader(path)
        var found: [String: String] = [:]
        while let line = try reader.next() {
            guard case .text(let bytes) = line, let mark = bytes.firstIndex(of: UInt8(ascii: "=")) else { continue }
            found[String(decoding: bytes[..<mark], as: UTF8.self)] = String(
                decoding: bytes[(mark + 1)...], as: UTF8.self)
        }
        return found
    }

    /// Whole or not at all: a temporary file takes the old one's place.
    private func write(_ lines: [(String, String)]) throws(CommandFailure) {
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure("\(temporary) cannot be written: \(String(cString: strerror(errno)))")
        }
        Terminal.write(descriptor, lines.map { "\($0)=\($1)\n" }.joined())
        let isSynced = fsync(descriptor) == 0
        close(descriptor)
        guard isSynced, rename(temporary, path) == 0 else {
            throw CommandFailure("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}
