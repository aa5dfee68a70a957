import Synchronization
import TenantStore

/// What probes and alarms saw, for `/metrics`.
package final class LegLedger: Sendable {
    /// How a probe of one ranking ended.
    enum Verdict: String, CaseIterable, Sendable {
        case passed, failed
        /// It could not be asked, or too few documents could be asked for.
        case open
    }

    private struct State {
        var probes: [Verdict: Int] = [:]
        var alarms = 0
        /// Rankings switched off, by tenant, of those that have some.
        var off: [String: [LegName: Int]] = [:]
        /// Collections whose rankings disagree, likewise.
        var low: [String: Int] = [:]
    }
    private let state = Mutex(State())

    func count(_ verdict: Verdict) { state.withLock { $0.probes[verdict, default: 0] += 1 } }

    func countAlarm() { state.withLock { $0.alarms += 1 } }

    /// Notes how many rankings of an open tenant are off.
    func note(off: [LegName: Int], of tenant: String) {
        state.withLock { $0.off[tenant] = off.isEmpty ? nil : off }
    }

    /// Notes how many collections of an open tenant have rankings that disagree.
    func note(low: Int, of tenant: String) {
        state.withLock { $0.low[tenant] = low == 0 ? nil : low }
    }

    /// Forgets a tenant that was closed.
    func forget(tenant: String) {
        state.withLock { state in
            state.off[tenant] = nil
            state.low[tenant] = nil
        }
    }

    /// Prometheus text.
    package var exposition: String {
        let state = state.withLock { $0 }
        var text = ""
        func family(_ name: String, _ kind: String, _ help: String, _ lines: [(labels: String, value: Int)]) {
            text += "# HELP carrel_\(name) \(help)\n# TYPE carrel_\(name) \(kind)\n"
            for line in lines { text += "carrel_\(name)\(line.labels) \(line.value)\n" }
        }
        family(
            "leg_probes_total", "counter", "Probes of single rankings, by how they ended.",
            Verdict.allCases.map { ("{verdict=\"\($0.rawValue)\"}", state.probes[$0] ?? 0) })
        family(
            "leg_alarms_total", "counter", "Times that the rankings of a collection began to disagree.",
            [("", state.alarms)])
        family(
            "legs_off", "gauge", "Rankings of open tenants that hybrid searches go without.",
            state.off.sorted { $0.key < $1.key }.flatMap { tenant, counts in
                LegName.allCases.map {
                    ("{tenant_id=\"\(tenant)\",leg=\"\($0.rawValue)\"}", counts[$0] ?? 0)
                }
            })
        family(
            "legs_disagreeing", "gauge", "Collections of open tenants whose rankings disagree over the last searches.",
            state.low.sorted { $0.key < $1.key }.map { ("{tenant_id=\"\($0.key)\"}", $0.value) })
        return text
    }
}
