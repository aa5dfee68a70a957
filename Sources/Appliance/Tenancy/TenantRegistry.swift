import Access
import Synchronization
import TenantStore

/// The open tenants of the box: opened on demand, closed again when others need the room.
///
/// The only way to an engine is ``engine(for:)``, and the only way to its argument is the gate.
package final class TenantRegistry: Sendable {
    private struct Slot {
        var opening: Task<TenantEngine, any Error>
        var lastUse: UInt64
    }

    private struct State {
        var slots: [String: Slot] = [:]
        var clock: UInt64 = 0
        var isClosed = false
    }

    /// Descriptors of one open tenant: two connections with file, log and shared memory, less what they share.
    static let descriptorsPerTenant = 8

    private let folder: DataFolder
    private let services: EngineServices
    private let openLimit: Int
    private let state = Mutex(State())

    /// - Parameter openLimit: Tenants open at once; least recently used ones are closed above it.
    package init(folder: DataFolder, services: EngineServices, openLimit: Int) {
        self.folder = folder
        self.services = services
        self.openLimit = max(1, openLimit)
    }

    /// The engine of the tenant that the gate has found in the credential.
    /// - Throws: ``ApplianceError/shuttingDown``; what opening the tenant's files throws.
    func engine(for tenant: TenantContext) async throws -> TenantEngine {
        let (opening, evicted) = try state.withLock { state throws(ApplianceError) in
            guard !state.isClosed else { throw .shuttingDown }
            state.clock += 1
            if let slot = state.slots[tenant.uid] {
                state.slots[tenant.uid]?.lastUse = state.clock
                return (slot.opening, [Task<TenantEngine, any Error>]())
            }
            let opening = Task { [folder, services] in
                try folder.makeTenant(tenant.name)
                return try await TenantEngine.open(
                    folder.tenantDatabase(tenant.name), tenant: tenant.name.rawValue, services: services)
            }
            state.slots[tenant.uid] = Slot(opening: opening, lastUse: state.clock)
            return (opening, Self.evict(&state, limit: openLimit, keeping: tenant.uid))
        }
        for task in evicted {
            Task { try? await task.value.close() }
        }
        do {
            return try await opening.value
        } catch {
            // A tenant that could not be opened is tried anew by the next call.
            state.withLock { state in
                if state.slots[tenant.uid]?.opening == opening { state.slots[tenant.uid] = nil }
            }
            throw error
        }
    }

    /// Closes one tenant, if open: before it is renamed or deleted.
    package func close(uid: String) async {
        let slot = state.withLock { $0.slots.removeValue(forKey: uid) }
        try? await slot?.opening.value.close()
    }

    /// Closes all; no tenant opens any more.
    package func close() async {
        let slots = state.withLock { state in
            state.isClosed = true
            defer { state.slots = [:] }
            return state.slots.values.map(\.opening)
        }
        for opening in slots {
            try? await opening.value.close()
        }
    }

    /// Open tenants now.
    package var openCount: Int { state.withLock { $0.slots.count } }

    private static func evict(_ state: inout State, limit: Int, keeping uid: String) -> [Task<TenantEngine, any Error>] {
        var evicted: [Task<TenantEngine, any Error>] = []
        while state.slots.count > limit {
            let oldest = state.slots.filter { $0.key != uid }.min { $0.value.lastUse < $1.value.lastUse }
            guard let oldest else { break }
            state.slots[oldest.key] = nil
            evicted.append(oldest.value.opening)
        }
        return evicted
    }
}
