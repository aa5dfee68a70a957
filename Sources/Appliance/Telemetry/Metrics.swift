import Synchronization

/// A family of series under one name, as Prometheus knows it.
package struct MetricFamily: Sendable, Hashable {
    package enum Kind: String, Sendable { case counter, gauge, histogram }

    package let name: String
    package let help: String
    package let kind: Kind
    package let labels: [String]

    // The name alone tells families apart; each request looks several up.
    package static func == (a: MetricFamily, b: MetricFamily) -> Bool { a.name == b.name }
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }

    package static let mcpRequestDuration = MetricFamily(
        name: "mcp_request_duration_seconds", help: "Time of MCP methods and tools.", kind: .histogram,
        labels: ["method", "status"])
    package static let mcpActiveRequests = MetricFamily(
        name: "mcp_active_requests", help: "MCP methods and tools running now.", kind: .gauge, labels: [])
    package static let hybridSearches = MetricFamily(
        name: "mcp_hybrid_search_queries_total", help: "Hybrid searches answered.", kind: .counter,
        labels: ["tenant_id"])
    package static let requestDuration = MetricFamily(
        name: "carrel_request_duration_seconds", help: "Time of every operation.", kind: .histogram,
        labels: ["operation", "status"])
    package static let searchDuration = MetricFamily(
        name: "carrel_search_duration_seconds", help: "Time of searches in the engine, whatever the door.",
        kind: .histogram, labels: ["mode"])
    package static let degradedAnswers = MetricFamily(
        name: "carrel_degraded_answers_total", help: "Searches answered without a ranking that was asked for.",
        kind: .counter, labels: [])
    package static let rerankDuration = MetricFamily(
        name: "carrel_rerank_duration_seconds", help: "Time of calls to the rerank endpoint, by how they ended.",
        kind: .histogram, labels: ["outcome"])
    package static let rerankFallbacks = MetricFamily(
        name: "carrel_rerank_fallbacks_total", help: "Searches that kept their order for want of another model's.",
        kind: .counter, labels: ["reason"])
    package static let refusals = MetricFamily(
        name: "carrel_refusals_total", help: "Calls the gate refused.", kind: .counter, labels: ["code"])
    package static let unrecordedReads = MetricFamily(
        name: "carrel_unrecorded_reads_total",
        help: "Reads answered while their usage and audit rows could not be kept.", kind: .counter,
        labels: [])

    /// In the order of the exposition.
    package static let all: [MetricFamily] = [
        .mcpRequestDuration, .mcpActiveRequests, .hybridSearches, .requestDuration, .searchDuration, .degradedAnswers,
        .rerankDuration, .rerankFallbacks, .refusals, .unrecordedReads,
    ]
}

/// The numbers of this process, written as Prometheus text.
///
/// Labels come from closed sets (operation names, statuses, codes, this box's tenants), never from a caller's text, so the number of
/// series is bounded.
package final class Metrics: Sendable {
    /// Upper bounds in seconds; the last, +Inf, is implied.
    private static let bounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private struct Histogram {
        var counts = [UInt64](repeating: 0, count: Metrics.bounds.count + 1)
        var sum = 0.0

        mutating func count(_ seconds: Double, in bucket: Int) {
            counts[bucket] += 1
            sum += seconds
        }
    }
    private struct State {
        var values: [MetricFamily: [[String]: Double]] = [:]
        var histograms: [MetricFamily: [[String]: Histogram]] = [:]
    }
    private let state = Mutex(State())

    package init() {}

    /// Adds to a counter or a gauge.
    package func add(_ amount: Double = 1, to family: MetricFamily, _ labels: [String] = []) {
        assert(labels.count == family.labels.count && family.kind != .histogram)
        state.withLock { $0.values[family, default: [:]][labels, default: 0] += amount }
    }

    /// Counts one duration.
    package func observe(_ duration: Duration, in family: MetricFamily, _ labels: [String]) {
        assert(labels.count == family.labels.count && family.kind == .histogram)
        let seconds = duration.seconds
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.histograms[family, default: [:]][labels, default: Histogram()].count(seconds, in: bucket)
        }
    }

    /// Forgets the series of one label value, such as those of a deleted tenant.
    package func forget(_ family: MetricFamily, _ labels: [String]) {
        state.withLock { state in
            state.values[family]?[labels] = nil
            state.histograms[family]?[labels] = nil
        }
    }

    /// The exposition, families in their declared order and series by label.
    package func exposition() -> String {
        let (values, histograms) = state.withLock { ($0.values, $0.histograms) }
        var text = ""
        for family in MetricFamily.all {
            text += "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind.rawValue)\n"
            var plain = values[family] ?? [:]
            if family.labels.isEmpty, family.kind != .histogram, plain.isEmpty { plain[[]] = 0 }
            for (labels, value) in plain.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                text += family.name + Self.render(family.labels, labels) + " \(Self.render(value))\n"
            }
            for (labels, histogram) in (histograms[family] ?? [:]).sorted(by: {
                $0.key.lexicographicallyPrecedes($1.key)
            }) {
                var total: UInt64 = 0
                for (index, count) in histogram.counts.enumerated() {
                    total += count
                    let bound = index < Self.bounds.count ? "\(Self.bounds[index])" : "+Inf"
                    text +=
                        family.name + "_bucket" + Self.render(family.labels + ["le"], labels + [bound]) + " \(total)\n"
                }
                text += family.name + "_sum" + Self.render(family.labels, labels) + " \(histogram.sum)\n"
                text += family.name + "_count" + Self.render(family.labels, labels) + " \(total)\n"
            }
        }
        return text
    }

    private static func render(_ value: Double) -> String {
        value.rounded() == value && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    private static func render(_ names: [String], _ values: [String]) -> String {
        guard !names.isEmpty else { return "" }
        let pairs = zip(names, values).map { name, value in
            var escaped = ""
            for character in value.unicodeScalars {
                switch character {
                case "\\": escaped += "\\\\"
                case "\"": escaped += "\\\""
                case "\n": escaped += "\\n"
                default: escaped.unicodeScalars.append(character)
                }
            }
            return "\(name)=\"\(escaped)\""
        }
        return "{" + pairs.joined(separator: ",") + "}"
    }
}

extension Duration {
    /// The duration as a number of seconds.
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
    /// Whole seconds, rounded up, at least one: what `Retry-After` carries.
    package var retryAfterSeconds: Int { max(1, Int(seconds.rounded(.up))) }
    /// Whole milliseconds, rounded up.
    package var wholeMilliseconds: Int64 { Int64((seconds * 1000).rounded(.up)) }
}
