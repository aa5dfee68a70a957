package import Access
package import Embedding
import Glibc
import TenantStore

/// What the engines of all tenants share: threads, the embedder, the log.
package struct EngineServices: Sendable {
    /// Threads of the writer lanes: a commit blocks in fsync, so there are more of them than cores.
    let lanes: ThreadPool
    /// Threads of searches and reads, one a core and one for each that waits for the disk.
    let searches: ThreadPool
    /// Threads of evaluations, which ask thousands of searches at once: behind the searches that somebody waits for.
    let evaluations: ThreadPool
    let evaluationSlots = EvaluationSlots()
    /// Cores that one evaluation keeps busy.
    let evaluationThreads: Int
    /// One thread for merges of keyword files: beside a busy search it gets a quarter of the core, and so never so little
    /// that files no longer leave room for what waits in memory.
    let keywordMerges: ThreadPool
    /// One idle-priority thread for merges of vectors.
    package let merges: ThreadPool
    /// One thread for merges that cannot wait until the box is idle.
    let urgentMerges: ThreadPool
    /// Threads that one merge of vectors may use; what comes of it does not depend on them.
    let mergeThreads: Int
    /// One thread that makes keyword indexes anew: behind searches, but not so far that a busy box never gets there.
    let rebuilds: ThreadPool
    /// `nil` where no model is installed: search is by keywords alone and says so.
    let embedder: EmbeddingService?
    /// The model before: turns queries into its vectors until those of ``embedder`` are complete.
    let earlierEmbedder: EmbeddingService?
    let log: Log
    let metrics: Metrics
    /// Closes the cursors that clients carry.
    let seal: TokenSeal
    /// How the two rankings are joined where neither request nor collection say it.
    let fusion: SearchRequest.Fusion
    /// Puts first hits anew; nil where the operator named no model for it.
    let reranker: Reranker?
    /// How much of the truth the searches by meaning find.
    package let recall: RecallMeter
    /// What became of index files.
    package let ledger = IndexLedger()
    /// One idle-priority thread that asks rankings for documents they should find.
    let probes: ThreadPool
    /// What came of that.
    let legLedger = LegLedger()
    /// Passages that are indexed from their rows while a tenant is opened; more of them are indexed behind it.
    let replayLimit: Int
    /// How long work on index files that failed waits before it is tried again, the first time.
    let retryPause: Duration
    /// How long nothing may be written, at least, until keyword segments are joined that no bound asks to join.
    let restingPause: Duration
    /// Names of hits that an open tenant remembers.
    let recentNames: Int

    /// Dimension of the vectors where no model says otherwise: that of all-MiniLM-L6-v2.
    static let defaultDimension = 384
    /// The vector space of callers' own vectors where no model is installed.
    static let callersSpace = "caller"

    package init(
        embedder: EmbeddingService?, earlierEmbedder: EmbeddingService? = nil, log: Log,
        metrics: Metrics = Metrics(), seal: TokenSeal,
        cores: Int = EngineServices.coreCount, replayLimit: Int = 20_000, retryPause: Duration = .seconds(1),
        restingPause: Duration = .seconds(2), mergeThreads: Int? = nil, recallShare: Double = 0,
        fusion: SearchRequest.Fusion = .rrf,
        reranker: Reranker? = nil, recentNames: Int = RecentNames.standardCapacity
    ) {
        lanes = ThreadPool(threads: 16, queueLimit: 100_000)
        searches = ThreadPool(threads: cores + 2, queueLimit: 1_024)
        evaluations = ThreadPool(threads: cores, queueLimit: 1_024, niceness: 5)
        evaluationThreads = cores
        keywordMerges = ThreadPool(threads: 1, queueLimit: 1_024, niceness: 5)
        merges = ThreadPool(threads: 1, queueLimit: 1_024, niceness: 19)
        urgentMerges = ThreadPool(threads: 1, queueLimit: 1_024)
        self.mergeThreads = max(1, mergeThreads ?? cores)
        rebuilds = ThreadPool(threads: 1, queueLimit: 1_024, niceness: 5)
        probes = ThreadPool(threads: 1, queueLimit: 256, niceness: 19)
        self.embedder = embedder
        // One model under two paths is one model.
        self.earlierEmbedder = earlierEmbedder?.id == embedder?.id ? nil : earlierEmbedder
        self.log = log
        self.metrics = metrics
        self.seal = seal
        self.replayLimit = replayLimit
        self.fusion = fusion
        self.reranker = reranker
        recall = RecallMeter(share: recallShare, log: log)
        self.retryPause = retryPause
        self.restingPause = restingPause
        self.recentNames = recentNames
    }

    /// The space of the present embedder, which every collection has.
    var modelSpace: SpaceRecord {
        SpaceRecord(
            name: embedder?.id.description ?? Self.callersSpace, dimension: embedder?.dimension ?? Self.defaultDimension
        )
    }

    /// The name of the space of the model before, where that is loaded too.
    var earlierSpace: String? { earlierEmbedder?.id.description }

    /// The models that are loaded.
    var models: [EmbedderID] { [embedder?.id, earlierEmbedder?.id].compactMap { $0 } }

    /// Cores this process may use.
    package static var coreCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Ends the threads after the work in hand.
    package func close() {
        embedder?.shutdown()
        earlierEmbedder?.shutdown()
        searches.close()
        evaluations.close()
        keywordMerges.close()
        merges.close()
        urgentMerges.close()
        rebuilds.close()
        probes.close()
        recall.close()
        reranker?.close()
        lanes.close()
    }
}
