import Synchronization
import TenantStore

/// When the rankings of a tenant's collections are probed: after a load, and when the alarm is raised.
///
/// One probe of a collection runs at a time; who asks meanwhile waits for that one.
final class LegWatch: Sendable {
    private struct State {
        weak var engine: TenantEngine?
        var running: [UInt32: Task<[LegFinding], any Error>] = [:]
        var work = DueWork()
        /// When the alarm last had a collection probed.
        var alarmed: [UInt32: ContinuousClock.Instant] = [:]
    }

    /// A load is over when nothing changed for so many of these.
    private static let pause = Duration.milliseconds(500)
    private static let quietPauses = 3
    /// What is never over is probed after so many.
    private static let longestWait = 240
    /// While rankings go on disagreeing they are probed again, but not before this has passed.
    private static let alarmPause = Duration.seconds(600)

    let alarm = AgreementAlarm()
    private let services: EngineServices
    private let tenant: String
    private let state = Mutex(State())

    init(tenant: String, services: EngineServices) {
        self.tenant = tenant
        self.services = services
    }

    /// Begins to work for an engine.
    func attach(_ engine: TenantEngine) {
        state.withLock { $0.engine = engine }
        noteStates()
        look()
    }

    private var engine: TenantEngine? { state.withLock { $0.engine } }

    var isStopped: Bool { state.withLock { $0.work.isStopped } }

    /// Ends the work at its next step.
    func stop() {
        let running = state.withLock { state in
            state.work.stop()
            return Array(state.running.values)
        }
        for task in running { task.cancel() }
        services.legLedger.forget(tenant: tenant)
    }

    /// Has collections probed that grew by a load, when the load is over.
    func look() {
        guard let engine, engine.collectionsToProbe().contains(where: \.isDue) else { return }
        if state.withLock({ $0.work.starts() }) {
            Task(priority: .background) { @concurrent in await work() }
        }
    }

    private func work() async {
        while state.withLock({ $0.work.goesOn() }) {
            await waitForQuiet()
            for collection in engine?.collectionsToProbe() ?? [] where collection.isDue && collection.isReady {
                await probe(collection.id, named: collection.name)
            }
        }
    }

    private func waitForQuiet() async {
        var last: Int64?
        var quiet = 0
        for _ in 0..<Self.longestWait {
            guard !isStopped, let sequence = engine?.published.current.sequence else { return }
            quiet = sequence == last ? quiet + 1 : 0
            last = sequence
            if quiet >= Self.quietPauses { return }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func probe(_ collection: UInt32, named name: String) async {
        do {
            _ = try await run(collection)
        } catch {
            guard !isStopped else { return }
            services.log.warning(
                "probe failed", ["tenant_id": tenant, "collection": name, "reason": "\(error)"])
        }
    }

    /// Probes a collection now, or waits for the probe that runs.
    func run(_ collection: UInt32) async throws -> [LegFinding] {
        let task = try state.withLock { state -> Task<[LegFinding], any Error> in
            guard !state.work.isStopped, let engine = state.engine else { throw ApplianceError.shuttingDown }
            if let running = state.running[collection] { return running }
            let task = Task(priority: .background) { @concurrent in
                defer { self.state.withLock { $0.running[collection] = nil } }
                return try await engine.probeNow(collection)
            }
            state.running[collection] = task
            return task
        }
        return try await task.value
    }

    // MARK: The alarm

    /// Takes the agreement of one search.
    func note(_ agreement: Double, of place: AgreementAlarm.Place) {
        let word = alarm.note(agreement, of: place)
        if word == .well { return }
        services.legLedger.note(low: alarm.lowCount, of: tenant)
        let now = ContinuousClock.now
        let probes = state.withLock { state in
            if let last = state.alarmed[place.collection], now - last < Self.alarmPause { return false }
            state.alarmed[place.collection] = now
            return !state.work.isStopped
        }
        guard word == .raised || probes else { return }
        let name = engine?.published.current.collections.first { $0.record.id == place.collection }?.record.name ?? ""
        if word == .raised {
            services.legLedger.countAlarm()
            services.log.warning(
                "rankings disagree", ["tenant_id": tenant, "collection": name, "space": place.space])
        }
        if probes {
            Task(priority: .background) { @concurrent in await probe(place.collection, named: name) }
        }
    }

    /// Has the agreement of one search computed when there is time, or lets it go.
    func take(_ sample: AgreementSample) {
        _ = services.probes.submit { [weak self] in
            guard let agreement = try? sample.agreement() else { return }
            self?.note(agreement, of: sample.place)
        }
    }

    // MARK: Metrics

    /// Tells the ledger which rankings are off, and forgets how those of a collection agreed before.
    func noteStates(changed collection: UInt32? = nil) {
        if let collection { alarm.forget(collection) }
        services.legLedger.note(low: alarm.lowCount, of: tenant)
        if let engine { services.legLedger.note(off: engine.legsOff, of: tenant) }
    }
}
