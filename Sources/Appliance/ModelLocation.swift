import Glibc

/// Where the embedding model's pack is looked for, in this order: what the configuration names, the data folder's
/// `models/`, `share/carrel/models` beside the binary, the checkout's `data/models`.
package enum ModelLocation {
    /// The pack's file name.
    static let fileName = "minilm-l6-v2.q8.pack"

    /// The first pack there is; a configured one is named whether or not it is there, so that a wrong path is an error.
    package static func find(_ configuration: Configuration) -> String? {
        if let path = configuration.modelPath { return path }
        return candidates(dataFolder: configuration.dataFolder).first { access($0, R_OK) == 0 }
    }

    private static func candidates(dataFolder: String) -> [String] {
        var found = [dataFolder + "/models/" + fileName]
        guard let binary = executable else { return found }
        var folder = parent(of: binary)
        found.append(folder + "/models/" + fileName)
        found.append(parent(of: folder) + "/share/carrel/models/" + fileName)
        // A binary in a checkout lies in .build/<platform>/release.
        for _ in 0..<5 {
            found.append(folder + "/data/models/" + fileName)
            folder = parent(of: folder)
        }
        return found
    }

    /// The running binary, links resolved.
    package static var executable: String? {
        guard let resolved = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The folder that holds `path`.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
