import Access
import Extraction
import Glibc

/// An open file with its hash, and a way to find out whether it stayed as it was.
struct SourceFile: ~Copyable {
    let descriptor: Int32
    /// Lower-case hexadecimal SHA-256 of its bytes.
    let sha256: String
    let byteCount: Int
    private let stamp: FileStamp

    /// Opens and hashes a file.
    /// - Parameter hashesLines: Whether a file of JSON lines is hashed too: an import lets its lines tell by their own
    ///   content whether they are new.
    /// - Throws: ``ExtractionFailure`` for what is no file that can be taken; a file that is too large is refused by its
    ///   size, without a look at its bytes.
    static func open(_ found: FoundFile, hashesLines: Bool) throws(ExtractionFailure) -> SourceFile {
        guard let descriptor = found.openForReading() else {
            // Between the walk and now something else took the file's place.
            throw ExtractionFailure(
                errno == ELOOP
                    ? "a symbolic link, which is not followed" : "cannot be read: \(String(cString: strerror(errno)))")
        }
        do throws(ExtractionFailure) {
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                throw ExtractionFailure("not a regular file")
            }
            guard status.st_size > 0 else { throw ExtractionFailure("the file is empty") }
            guard Int(status.st_size) <= found.kind.byteLimit else {
                throw ExtractionFailure(
                    "larger than \(found.kind.byteLimit >> 20) MiB, the most for \(found.kind.name) files")
            }
            let isHashed = found.kind != .jsonLines || hashesLines
            return SourceFile(
                descriptor: descriptor, sha256: isHashed ? Digest.hexadecimal(try hash(descriptor)) : "",
                status: status)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private init(descriptor: Int32, sha256: String, status: stat) {
        self.descriptor = descriptor
        self.sha256 = sha256
        byteCount = Int(status.st_size)
        stamp = FileStamp(status)
    }

    deinit {
        close(descriptor)
    }

    /// Whether size and times are still those of the hash.
    var isUnchanged: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && FileStamp(status) == stamp
    }

    private static func hash(_ file: Int32) throws(ExtractionFailure) -> [UInt8] {
        var digest = DigestStream()
        var block = [UInt8](repeating: 0, count: 256 << 10)
        var position = 0
        while true {
            let count = pread(file, &block, block.count, position)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ExtractionFailure("cannot be read: \(String(cString: strerror(errno)))") }
            if count == 0 { return digest.finish() }
            block.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            position += count
        }
    }
}

/// What changes when somebody writes to a file.
package struct FileStamp: Hashable, Sendable {
    package var inode: UInt64
    package var byteCount: Int
    /// Nanoseconds since 1970: of the content, and of anything.
    package var modified: Int64
    package var changed: Int64

    package init(inode: UInt64, byteCount: Int, modified: Int64, changed: Int64) {
        (self.inode, self.byteCount) = (inode, byteCount)
        (self.modified, self.changed) = (modified, changed)
    }

    init(_ status: stat) {
        inode = UInt64(status.st_ino)
        byteCount = Int(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec)
    }
}
