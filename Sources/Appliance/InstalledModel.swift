package import Embedding
import Glibc

/// The model pack of this machine: found once at start, used by every tenant.
package enum InstalledModel {
    /// Of the pack that the set-up makes.
    private static let fileName = "minilm-l6-v2.q8.pack"

    /// Where a pack is looked for, in this order: what is configured, the data folder, beside the binary, the checkout.
    package static func candidates(_ configuration: Configuration, dataFolder: String) -> [String] {
        if let path = configuration.modelPath { return [path] }
        var places = [dataFolder + "/models"]
        if var directory = executableFolder() {
            places.append(parent(directory) + "/share/carrel/models")
            // A checkout's binary stands in its root or in its build folder, a few levels down.
            for _ in 0..<5 where directory != "/" {
                places.append(directory + "/data/models")
                directory = parent(directory)
            }
        }
        return places.map { $0 + "/" + fileName }
    }

    /// Starts the embedder with the first pack that is there; nil, with a line in the log, if none can be used.
    @concurrent package static func load(
        _ configuration: Configuration, folder: DataFolder, log: Log
    ) async -> EmbeddingService? {
        let paths = candidates(configuration, dataFolder: folder.root)
        guard let path = paths.first(where: { access($0, F_OK) == 0 }) else {
            log.warning(
                "no model", ["looked_for": paths.joined(separator: " "), "effect": "search is by keywords alone"])
            return nil
        }
        do {
            let model = try MiniLM(packAt: path)
            log.info("model", ["path": path, "space": model.id.description])
            return EmbeddingService(model: model, threads: configuration.embeddingThreads)
        } catch {
            log.error("model unusable", ["reason": "\(error)", "effect": "search is by keywords alone"])
            return nil
        }
    }

    /// Starts the embedder of the model before, where one is configured; nil, with a line in the log, if it cannot be used.
    @concurrent package static func loadPrevious(_ configuration: Configuration, log: Log) async -> EmbeddingService? {
        guard let path = configuration.previousModelPath else { return nil }
        do {
            let model = try MiniLM(packAt: path)
            log.info("previous model", ["path": path, "space": model.id.description])
            // It is asked for queries alone.
            return EmbeddingService(model: model, threads: 1)
        } catch {
            log.error("previous model unusable", ["reason": "\(error)", "effect": "its vectors answer no text"])
            return nil
        }
    }

    /// The folder of the running binary, links resolved.
    static func executableFolder() -> String? {
        guard let resolved = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(resolved) }
        return parent(String(cString: resolved))
    }

    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
