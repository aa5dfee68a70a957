import CSQLite
import Glibc

/// Makes database files that only their owner can read.
enum DatabaseFile {
    static let permissions: mode_t = 0o600

    /// Creates an empty file, or takes group and others their rights to an existing one.
    ///
    /// An existing file is never opened here: closing any descriptor of it would drop the locks that other connections
    /// of this process hold.
    static func createIfMissing(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, permissions)
        if descriptor >= 0 {
            // The mask of the process may have taken more than it should.
            fchmod(descriptor, permissions)
            Glibc.close(descriptor)
            return
        }
        guard errno == EEXIST else { throw failure(errno, path) }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw failure(errno, path) }
        // Anything but a plain file is for SQLite to refuse.
        if status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 {
            fchmodat(AT_FDCWD, path, permissions, AT_SYMLINK_NOFOLLOW)
        }
    }

    /// The size of a file in bytes, 0 when it is missing.
    static func byteCount(_ path: String) -> Int {
        var status = stat()
        return lstat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    static func failure(_ number: Int32, _ path: String) -> StoreError {
        let message = String(cString: strerror(number))
        return switch number {
        case ENOSPC, EDQUOT, EFBIG: .full(SQLiteFailure(code: SQLITE_FULL, message: message, path: path))
        case EROFS, EACCES, EPERM: .readOnly(SQLiteFailure(code: SQLITE_READONLY, message: message, path: path))
        default: .cannotOpen(SQLiteFailure(code: SQLITE_CANTOPEN, message: message, path: path))
        }
    }
}
