package import Access
import Glibc

/// The folder that holds everything of one appliance, and the paths in it.
///
/// The root is resolved once; every path below it is built from validated parts and opened without following a
/// symbolic link.
package struct DataFolder: Sendable {
    /// Absolute, without symbolic links.
    package let root: String

    /// Opens the folder at `path`, making it (0700) where there is none.
    /// - Throws: ``ApplianceError/configuration(source:key:reason:)`` naming the path and what is wrong with it.
    package init(_ path: String) throws(ApplianceError) {
        try Self.makeDirectory(path)
        guard let resolved = realpath(path, nil) else {
            throw Self.failure(path, "cannot be resolved: \(Self.reason())")
        }
        defer { free(resolved) }
        root = String(cString: resolved)
        for part in ["run", "tenants", "signing-keys", "models"] {
            try Self.makeDirectory(root + "/" + part)
        }
        socket = try Self.socketPath(root + "/run")
    }

    /// Longest path that fits a Unix socket address, less its final NUL.
    private static let longestSocketPath = 107

    /// `run/carrel.sock`; where that is too long for a socket address, the same file by way of an open descriptor of
    /// its folder, which stays open as long as the process.
    private static func socketPath(_ folder: String) throws(ApplianceError) -> String {
        let path = folder + "/carrel.sock"
        guard path.utf8.count > longestSocketPath else { return path }
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw failure(folder, "cannot be opened: \(reason())") }
        return "/proc/self/fd/\(descriptor)/carrel.sock"
    }

    package var configurationFile: String { root + "/config.json" }
    package var applianceDatabase: String { root + "/appliance.sqlite" }
    package var signingKeys: String { root + "/signing-keys" }
    package var models: String { root + "/models" }
    package var lockFile: String { root + "/run/lock" }
    /// The running server's socket, in a form short enough for a socket address.
    package let socket: String

    /// The folder of one tenant.
    package func tenant(_ name: TenantName) -> String { root + "/tenants/" + name.rawValue }

    /// The database of one tenant.
    package func tenantDatabase(_ name: TenantName) -> String { tenant(name) + "/tenant.sqlite" }

    /// The index files of one tenant.
    func indexFolder(_ name: TenantName) -> IndexFolder { IndexFolder(path: tenant(name) + "/index") }

    /// Makes the folder of a new tenant.
    /// - Throws: ``ApplianceError/storageFull``, ``ApplianceError/readOnly`` or the reason in words.
    package func makeTenant(_ name: TenantName) throws(ApplianceError) {
        try Self.makeDirectory(tenant(name))
    }

    /// Removes a tenant's folder and all that is in it.
    package func removeTenant(_ name: TenantName) throws(ApplianceError) {
        try Self.removeTree(tenant(name))
    }

    private static func makeDirectory(_ path: String) throws(ApplianceError) {
        if mkdir(path, 0o700) == 0 {
            syncParent(of: path)
            return
        }
        let code = errno
        var status = stat()
        if code == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
        switch code {
        case ENOSPC, EDQUOT: throw .storageFull
        case EROFS: throw .readOnly
        case EEXIST: throw failure(path, "is not a folder")
        default: throw failure(path, "cannot be made: \(reason(code))")
        }
    }

    /// A file that is synced in a new folder is safe only when the folder's own entry is.
    private static func syncParent(of path: String) {
        let parent = open(path + "/..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { return }
        _ = fsync(parent)
        Glibc.close(parent)
    }

    /// Deletes a folder without following links: a link, also in the folder's own place, is removed, not what it
    /// points to.
    static func removeTree(_ path: String) throws(ApplianceError) {
        if unlink(path) == 0 || errno == ENOENT { return }
        guard let directory = opendir(path) else {
            if errno == ENOENT { return }
            throw failure(path, "cannot be read: \(reason())")
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            try removeTree(path + "/" + name)
        }
        if rmdir(path) != 0, errno != ENOENT {
            throw failure(path, "cannot be removed: \(reason())")
        }
    }

    private static func failure(_ path: String, _ reason: String) -> ApplianceError {
        .configuration(source: path, key: "data", reason: reason)
    }

    private static func reason(_ code: Int32 = errno) -> String {
        String(cString: strerror(code))
    }
}
