import Glibc

/// A fresh directory below `TMPDIR` (else `/tmp`), removed with all it holds when the last reference goes.
public final class TemporaryDirectory: Sendable {
    /// Absolute path, without a trailing slash.
    public let path: String

    /// Makes the directory; `name` is part of its name.
    /// - Throws: ``TemporaryDirectoryError`` with the system's error number.
    public init(_ name: String = "test") throws(TemporaryDirectoryError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/carrel-\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw TemporaryDirectoryError(path: parent, errorNumber: errno)
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The path of an entry in the directory; nothing is made.
    public func appending(_ name: String) -> String {
        "\(path)/\(name)"
    }

    deinit {
        Self.removeTree(path)
    }

    /// Removes a file or a whole directory; links are removed, never followed.
    public static func removeTree(_ path: String) {
        if let directory = isDirectory(path) ? opendir(path) : nil {
            // A directory the test made unreadable must not survive it.
            chmod(path, 0o700)
            var names: [String] = []
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." {
                    names.append(name)
                }
            }
            closedir(directory)
            for name in names {
                removeTree("\(path)/\(name)")
            }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

/// A temporary directory could not be made.
public struct TemporaryDirectoryError: Error, Equatable {
    /// Where it was to be made.
    public var path: String
    /// The system's `errno`.
    public var errorNumber: Int32
}
