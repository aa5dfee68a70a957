import Access
import Appliance
import Glibc
import TestKit

/// Data folders that hold a signing key already, the same for all: the primes of a new one take longer than most tests.
///
/// Each folder is a box with an id of its own, so none takes the tokens of another.
enum KeyedFolder {
    private struct File: Sendable {
        let name: String
        let bytes: [UInt8]
    }

    private struct Failure: Error {
        let path: String
        let errorNumber: Int32
    }

    private static let key = Result {
        let directory = try TemporaryDirectory("key")
        let id = try KeyRing.open(directory.appending("keys")).keys()[0].id
        return File(name: "\(id).pem", bytes: try read(directory.appending("keys/\(id).pem")))
    }

    static func open(_ path: String) throws -> DataFolder {
        let folder = try DataFolder(path)
        let key = try key.get()
        try write(key.bytes, to: "\(folder.signingKeys)/\(key.name)")
        return folder
    }

    private static func read(_ path: String) throws -> [UInt8] {
        let file = Glibc.open(path, O_RDONLY)
        guard file >= 0 else { throw Failure(path: path, errorNumber: errno) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count > 0 else { throw Failure(path: path, errorNumber: errno) }
        return Array(bytes.prefix(count))
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let file = Glibc.open(path, O_WRONLY | O_CREAT, 0o600)
        guard file >= 0 else { throw Failure(path: path, errorNumber: errno) }
        defer { close(file) }
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw Failure(path: path, errorNumber: errno)
        }
    }
}
