import Access
import Glibc
import JSON
import TenantStore

/// `demo.env`: one API key per tenant, kept across starts so that a client set up yesterday works today.
///
/// Shell lines `CARREL_TOKEN_LAW_FIRM=…`, mode 0600. A key is made anew at a start with less than a week left.
struct DemoKeys {
    private static let life = Duration.seconds(30 * 86_400)
    private static let renewedBelow: Int64 = 7 * 86_400

    let path: String

    init(folder: DataFolder) {
        path = folder.root + "/demo.env"
    }

    /// Reads the keys, makes those that are missing, ended or old, writes the file if one was made.
    func renew(for tenants: [String], database: ApplianceDatabase) throws -> [String: String] {
        let kept = try read()
        var keys: [String: String] = [:]
        for name in tenants {
            guard let tenant = try database.tenant(named: name) else { continue }
            if let text = kept[Self.variable(name)], try isGood(text, for: tenant, database) {
                keys[name] = text
            } else {
                keys[name] = try APIKeyRoll(database)
                    .create(tenant: tenant, user: "demo", scopes: [.search, .write], life: Self.life).key.text
            }
        }
        if keys.contains(where: { kept[Self.variable($0.key)] != $0.value }) {
            try write(tenants.compactMap { name in keys[name].map { (Self.variable(name), $0) } })
        }
        return keys
    }

    private func isGood(_ text: String, for tenant: TenantRecord, _ database: ApplianceDatabase) throws -> Bool {
        guard let key = APIKey(text), let record = try database.apiKey(key.id) else { return false }
        return key.opens(record.secretHash) && record.tenantUID == tenant.uid
            && record.endedAt - Timestamp.now.seconds >= Self.renewedBelow
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
