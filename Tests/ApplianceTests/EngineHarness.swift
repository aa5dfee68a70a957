import Access
import Appliance
import Embedding
import Glibc
import IndexCore
import JSON
import TenantStore
import TestKit
import Testing

/// Engines of tenants on a folder of their own, without doors and sockets.
final class EngineHarness: Sendable {
    let directory: TemporaryDirectory
    let folder: DataFolder
    let services: EngineServices
    let registry: TenantRegistry

    /// - Parameter folderOf: Another harness whose folder is opened again; it must be closed.
    /// - Parameter replayLimit: Passages that are indexed while a tenant is opened.
    init(
        embedder: EmbeddingService? = nil, openLimit: Int = 8, folderOf other: EngineHarness? = nil,
        replayLimit: Int = 20_000, retryPause: Duration = .seconds(1),
        restingPause: Duration = .seconds(3_600), mergeThreads: Int? = nil
    ) throws {
        directory = try other?.directory ?? TemporaryDirectory("engine")
        folder = try DataFolder(directory.path + "/data")
        services = EngineServices(
            embedder: embedder, log: .silent, seal: TokenSeal(key: [UInt8](repeating: 7, count: 32)),
            replayLimit: replayLimit, retryPause: retryPause, restingPause: restingPause, mergeThreads: mergeThreads)
        registry = TenantRegistry(folder: folder, services: services, openLimit: openLimit)
    }

    /// Runs a test body with a harness, and closes it behind it.
    static func run(
        embedder: EmbeddingService? = nil, openLimit: Int = 8, reopening other: EngineHarness? = nil,
        replayLimit: Int = 20_000, retryPause: Duration = .seconds(1), restingPause: Duration = .seconds(3_600),
        _ body: (EngineHarness) async throws -> Void
    ) async throws {
        let harness = try EngineHarness(
            embedder: embedder, openLimit: openLimit, folderOf: other, replayLimit: replayLimit,
            retryPause: retryPause, restingPause: restingPause)
        do {
            try await body(harness)
        } catch {
            await harness.close()
            throw error
        }
        await harness.close()
    }

    func close() async {
        await registry.close()
        services.close()
    }

    static func tenant(_ name: String) throws -> TenantContext {
        try .local(
            record: TenantRecord(
                name: name, uid: "uid-\(name)", tier: "local", ratePerMinute: nil, burst: nil, state: .active,
                createdAt: 0))
    }

    func engine(_ name: String = "acme") async throws -> TenantEngine {
        try await registry.engine(for: try Self.tenant(name))
    }

    /// A second way into a tenant's file, for what no door allows.
    ///
    /// Close its connection alone: a writer that closes folds the log, which the engine may be doing at that moment.
    func outsideWriter(_ name: String = "acme") throws -> TenantWriter {
        let writer = try TenantWriter.open(
            folder.tenantDatabase(try TenantName(name)), auditHash: AuditChain.hash)
        writer.connection.seal(false)
        return writer
    }
}

extension TenantEngine {
    /// Every document by id, page after page.
    func allDocuments(pageSize: Int = 7) async throws -> [String: DocumentView] {
        var found: [String: DocumentView] = [:]
        var cursor: String?
        repeat {
            let page = try await list(collection: nil, limit: pageSize, cursor: cursor)
            for summary in page.documents {
                let document = try await document(summary.id, collection: summary.collection)
                #expect(found.updateValue(document, forKey: summary.id) == nil, "listed twice: \(summary.id)")
            }
            cursor = page.nextCursor
        } while cursor != nil
        return found
    }

    func search(_ request: SearchRequest) async throws -> SearchResponse {
        try await search(request, deadline: .none)
    }

    /// Waits until no passage waits for a vector; bounded.
    func waitForVectors() async throws {
        for _ in 0..<1_200 {
            if collections().allSatisfy({ $0.waiting == 0 }) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("passages still wait for vectors after a minute")
    }
}

extension SearchResponse {
    /// The answer as bytes, less the time it took.
    var bytes: [UInt8] {
        var answer = self
        answer.took = .zero
        var writer = JSONWriter()
        answer.write(to: &writer)
        return writer.bytes
    }
}

/// Random texts over a small vocabulary, so that words meet often.
enum RandomText {
    static let words = [
        "privacy", "incident", "disclosure", "model", "patient", "ledger", "audit", "contract", "regulation", "breach",
        "learning", "vector", "hospital", "payment", "court", "retention", "consent", "risk", "report", "schema",
    ]

    static func sentence(_ random: inout SeededRandom, words count: Int = 12) -> String {
        (0..<count).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ") + ". "
    }

    static func vector(_ random: inout SeededRandom) -> [Float] {
        (0..<384).map { _ in random.unit() - 0.5 }
    }
}

/// The embedding model, which is fetched and not committed.
enum InstalledPack {
    static let path: String? = {
        if let path = getenv("CARREL_MODEL") { return String(cString: path) }
        var folder = #filePath[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            let candidate = folder + "/data/models/minilm-l6-v2.q8.pack"
            if access(String(candidate), R_OK) == 0 { return String(candidate) }
        }
        return nil
    }()

    static let unavailable: Comment = "the model is not here: run make model, or set CARREL_MODEL"

    static func service() throws -> EmbeddingService {
        EmbeddingService(model: try MiniLM(packAt: try #require(path)), threads: 1)
    }
}
