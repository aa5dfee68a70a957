import BM25
import HNSW
import HTTPServer
import IndexCore
import JSON
import TenantStore

/// `/v1/collections/{name}/files`, and `/v1/collections/{name}:compact`, which writes them anew.
enum IndexFileRoutes {
    static func readName(_ exchange: Exchange) async throws -> String { try exchange.soleParameter("name") }

    static func show(_ appliance: SearchAppliance, _ context: RequestContext, _ name: String) async throws
        -> HTTPResponse
    {
        try await answer(200, appliance, context, name)
    }

    static func compact(_ appliance: SearchAppliance, _ context: RequestContext, _ name: String) async throws
        -> HTTPResponse
    {
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        try await engine.compact(name, options: context.writeOptions(target: name, byteCount: name.utf8.count))
        context.tally.update { $0.isRecorded = true }
        return try await answer(202, appliance, context, name)
    }

    private static func answer(
        _ status: Int, _ appliance: SearchAppliance, _ context: RequestContext, _ name: String
    ) async throws -> HTTPResponse {
        context.tally.update { $0.target = name }
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let snapshot = engine.published.current
        guard let collection = snapshot.collection(named: name) else {
            throw ApplianceError.unknownCollection(name: name, existing: snapshot.collections.map(\.record.name))
        }
        let files = collection.fileList
        context.tally.update { $0.resultCount = files.count }
        return .json(status: status) { writer in
            writer.beginObject()
            writer.member("collection", name)
            writer.key("files")
            writer.beginArray()
            for file in files { file.write(to: &writer) }
            writer.endArray()
            writer.member("is_compacting", collection.isCompacting)
            let merges = collection.spaces.compactMap(\.merge?.progress)
            if let progress = merges.min() { writer.member("merge_progress", progress) }
            if let reason = collection.compactionFailure { writer.member("compaction_failure", reason) }
            writer.endObject()
        }
    }
}

/// An index file as it is told of.
struct IndexFileInfo: Sendable {
    var name: String
    /// What it holds: `bm25`, `vec` or `hnsw`.
    var kind: String
    /// The vector space; nil for keywords.
    var space: String?
    var byteCount: Int
    var passageCount: Int

    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", name)
        writer.member("kind", kind)
        if let space { writer.member("space", space) }
        writer.member("bytes", byteCount)
        writer.member("passages", passageCount)
        writer.endObject()
    }
}

extension CollectionSnapshot {
    /// The files its indexes lie in: keywords first, then each space, in the order in which they are read.
    var fileList: [IndexFileInfo] {
        keywords.segments.compactMap { segment in
            segment.file.map {
                IndexFileInfo(
                    name: $0.name, kind: "bm25", byteCount: $0.byteCount, passageCount: segment.passageCount)
            }
        } + spaces.flatMap(\.fileList)
    }
}

extension SpaceSnapshot {
    fileprivate var fileList: [IndexFileInfo] {
        (vectors.segment?.manifestFiles ?? []).map { file in
            IndexFileInfo(
                name: file.name, kind: file.name.hasSuffix(IndexFolder.Kind.graph.suffix) ? "hnsw" : "vec",
                space: name, byteCount: file.byteCount, passageCount: file.passageCount)
        }
    }
}
