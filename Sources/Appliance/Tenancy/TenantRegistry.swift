import Access
import Synchronization
import TenantStore

/// The open tenants of the box: opened on demand, closed again when others need the room.
///
/// The only way to an engine is ``engine(for:)``, and the only way to its argument is the gate. A tenant never has two
/// engines at once: its writer alone knows the next passage ids. So an engine is closed to make room only while nobody
/// but the registry holds it, and its tenant opens again only after that close has ended.
package final class TenantRegistry: Sendable {
    /// A tenant on its way in, open, or on its way out; used under the lock alone.
    private final class Slot {
        /// One for all who wait for the tenant to open.
        var opening: Task<TenantEngine, any Error>?
        var engine: TenantEngine?
        var closing: Task<Void, Never>?
        var lastUse: UInt64 = 0

        /// Whether the engine is open and nobody is at work with it: whoever uses it has it by a strong reference.
        var isIdle: Bool { closing == nil && opening == nil && isKnownUniquelyReferenced(&engine) }
    }

    private struct State {
        var slots: [String: Slot] = [:]
        /// Tenants that were deleted: calls that were let in before must not open their folder again.
        var ended: Set<String> = []
        var clock: UInt64 = 0
        var isClosed = false
    }

    private enum Step: Sendable {
        case use(TenantEngine)
        case wait(Task<TenantEngine, any Error>)
        case waitForClose(Task<Void, Never>)
    }

    /// Descriptors of one open tenant: two connections with file, log and shared memory, less what they share.
    static let descriptorsPerTenant = 8

    private let folder: DataFolder
    private let services: EngineServices
    private let openLimit: Int
    /// Who listens to the tenants, open or not.
    package let changes = ChangeHub()
    private let state = Mutex(State())

    /// - Parameter openLimit: Tenants open at once; least recently used idle ones are closed above it.
    package init(folder: DataFolder, services: EngineServices, openLimit: Int) {
        self.folder = folder
        self.services = services
        self.openLimit = max(1, openLimit)
    }

    /// The engine of the tenant that the gate has found in the credential.
    ///
    /// It stays open while the caller holds it.
    /// - Throws: ``ApplianceError/shuttingDown``, ``ApplianceError/tenantNotFound(name:)`` for a deleted tenant; what
    ///   opening the tenant's files throws.
    package func engine(for tenant: TenantContext) async throws -> TenantEngine {
        while true {
            switch try state.withLock({ state throws(ApplianceError) in try next(for: tenant, &state) }) {
            case .use(let engine): return engine
            case .wait(let opening): return try await opening.value
            case .waitForClose(let closing): await closing.value
            }
        }
    }

    private func next(for tenant: TenantContext, _ state: inout State) throws(ApplianceError) -> Step {
        guard !state.isClosed else { throw .shuttingDown }
        guard !state.ended.contains(tenant.uid) else { throw .tenantNotFound(name: tenant.name.rawValue) }
        state.clock += 1
        let slot = state.slots[tenant.uid] ?? Slot()
        slot.lastUse = state.clock
        if let closing = slot.closing { return .waitForClose(closing) }
        if let engine = slot.engine {
            // Those in use at the last opening may be idle by now; looked at now and then, since it sorts all slots.
            if state.slots.count > openLimit, state.clock % 16 == 0 { makeRoom(&state) }
            return .use(engine)
        }
        if let opening = slot.opening { return .wait(opening) }
        state.slots[tenant.uid] = slot
        let opening = Task { try await open(tenant) }
        slot.opening = opening
        makeRoom(&state)
        return .wait(opening)
    }

    private func open(_ tenant: TenantContext) async throws -> TenantEngine {
        do {
            try folder.makeTenant(tenant.name)
            let engine = try await TenantEngine.open(
                folder.tenantDatabase(tenant.name), index: folder.indexFolder(tenant.name), tenant: tenant,
                services: services, changes: changes.feed(of: tenant.uid))
            state.withLock { state in
                state.slots[tenant.uid]?.engine = engine
                state.slots[tenant.uid]?.opening = nil
            }
            return engine
        } catch {
            // A tenant that could not be opened is tried anew by the next call.
            state.withLock { $0.slots[tenant.uid] = nil }
            throw error
        }
    }

    /// Closes idle tenants until the limit is kept.
    ///
    /// Where all are in use it is exceeded: no call fails for it.
    private func makeRoom(_ state: inout State) {
        var excess = state.slots.values.count { $0.closing == nil } - openLimit
        guard excess > 0 else { return }
        for (uid, slot) in state.slots.sorted(by: { $0.value.lastUse < $1.value.lastUse })
        where excess > 0 && slot.isIdle {
            _ = startClosing(uid, slot)
            excess -= 1
        }
    }

    /// Begins to close a slot's engine, once it is open; the slot goes when that is done.
    private func startClosing(_ uid: String, _ slot: Slot) -> Task<Void, Never> {
        if let closing = slot.closing { return closing }
        let (engine, opening) = (slot.engine, slot.opening)
        slot.engine = nil
        let closing = Task {
            let opened = try? await opening?.value
            await (engine ?? opened)?.close()
            state.withLock { $0.slots[uid] = nil }
        }
        slot.closing = closing
        return closing
    }

    /// Closes one tenant, if open, whoever uses it.
    /// - Parameter isEnded: Whether the tenant is being deleted and must not open again.
    package func close(uid: String, isEnded: Bool = false) async {
        let closing = state.withLock { state in
            if isEnded { state.ended.insert(uid) }
            return state.slots[uid].map { startClosing(uid, $0) }
        }
        await closing?.value
        if isEnded { changes.forget(uid) }
    }

    /// Closes all; no tenant opens any more.
    package func close() async {
        let closings = state.withLock { state in
            state.isClosed = true
            return state.slots.map { startClosing($0.key, $0.value) }
        }
        for closing in closings {
            await closing.value
        }
    }

    /// Passages of the open tenants that wait for a vector.
    package var waitingPassageCount: Int {
        // Under the lock, so that no engine looks used to whoever wants to close it.
        state.withLock { $0.slots.values.reduce(0) { $0 + ($1.engine?.waitingPassageCount ?? 0) } }
    }

    /// Open tenants now.
    package var openCount: Int { state.withLock { $0.slots.values.count { $0.closing == nil } } }
}
