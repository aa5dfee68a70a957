import Access
import Glibc

/// Secrets of the box: 32 random bytes each, in the folder of signing keys, made on first use and never shown.
enum BoxSecret {
    /// Reads `<name>.key`.
    /// - Throws: ``ApplianceError/configuration(source:key:reason:)``, ``ApplianceError/storageFull``,
    ///   ``ApplianceError/readOnly``.
    static func read(_ name: String, in folder: String) throws(ApplianceError) -> [UInt8] {
        let path = "\(folder)/\(name).key"
        let fresh = Digest.randomBytes(32)
        let made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if made >= 0 {
            defer { close(made) }
            guard write(made, fresh, fresh.count) == fresh.count, fsync(made) == 0 else {
                unlink(path)
                throw failure(path)
            }
            return fresh
        }
        guard errno == EEXIST else { throw failure(path) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 33)
        guard Glibc.read(descriptor, &bytes, bytes.count) == 32 else {
            throw .configuration(
                source: path, key: "the file", reason: "must hold 32 bytes; delete it to have a new one made")
        }
        return Array(bytes.prefix(32))
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
