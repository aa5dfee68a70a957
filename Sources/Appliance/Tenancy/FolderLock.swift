import Glibc

/// Whoever opens the data folder holds its lock: a server for as long as it serves, a command for as long as it runs.
///
/// The lock is `flock` on `run/lock`, so the kernel drops it with the process and nothing is stale after kill -9. The
/// file names the holder for the messages of others.
package final class FolderLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Takes the lock, or says who holds it.
    /// - Parameter command: What to write into the file, for example `serve`.
    /// - Returns: `nil` with the holder's line when another process has it.
    /// - Throws: ``ApplianceError/configuration(source:key:reason:)`` when the file cannot be opened.
    package static func take(_ folder: DataFolder, command: String) throws(ApplianceError) -> (
        FolderLock?, holder: String
    ) {
        let descriptor = open(folder.lockFile, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw .configuration(
                source: folder.lockFile, key: "data", reason: "cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            defer { close(descriptor) }
            return (nil, holder(descriptor))
        }
        let line = Array("\(command) (process \(getpid()))\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, line, line.count, 0)
        return (FolderLock(descriptor: descriptor), holder: "")
    }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return "another process" }
        return String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
