import Access
import Glibc

/// The keyed hash that stands for a query in audit rows: equal queries can be told to be equal, by this box alone.
///
/// Without a key, whoever reads an audit trail could try likely queries; the key never leaves the folder of signing keys.
struct QueryHash: Sendable {
    private let key: [UInt8]

    /// Reads the key, making it on first use.
    /// - Throws: ``ApplianceError/configuration(source:key:reason:)``.
    init(folder: String) throws(ApplianceError) {
        let path = folder + "/query-hash.key"
        let fresh = Digest.randomBytes(32)
        let made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if made >= 0 {
            defer { close(made) }
            guard write(made, fresh, fresh.count) == fresh.count, fsync(made) == 0 else {
                unlink(path)
                throw Self.failure(path)
            }
            key = fresh
            return
        }
        guard errno == EEXIST else { throw Self.failure(path) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw Self.failure(path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 33)
        guard read(descriptor, &bytes, bytes.count) == 32 else {
            throw .configuration(
                source: path, key: "the file", reason: "must hold 32 bytes; delete it to have a new one made")
        }
        key = Array(bytes.prefix(32))
    }

    /// 32 bytes; tenants have different hashes of the same query.
    func hash(_ query: String, tenant: TenantContext) -> [UInt8] {
        Digest.hmacSHA256(key: key, Array(tenant.uid.utf8) + [0] + Array(query.utf8))
    }

    private static func failure(_ path: String) -> ApplianceError {
        switch errno {
        case ENOSPC, EDQUOT: .storageFull
        case EROFS: .readOnly
        default:
            .configuration(source: path, key: "the file", reason: "cannot be used: \(String(cString: strerror(errno)))")
        }
    }
}
