import Glibc
import JSON

/// What a process has used so far, as the kernel counts it.
struct ProcessFigures: Sendable {
    /// Of all threads, user and system, in seconds; counted in hundredths.
    var cpuSeconds: Double
    /// Memory of its own, which no file backs.
    var anonymousBytes: Int
    /// The same with the pages of files that are mapped and present.
    var residentBytes: Int

    /// Nil where the process is gone or not to be looked at.
    /// - Parameter process: Nil for this one.
    init?(process: Int32? = nil) {
        let folder = "/proc/\(process.map(String.init) ?? "self")"
        guard let status = Self.lines(folder + "/status"), let counters = Self.lines(folder + "/stat")?.first,
            // The name stands in parentheses and may hold anything; what follows is numbers.
            let fields = counters.split(separator: ")").last?.split(separator: " "), fields.count > 13,
            let user = Double(fields[11]), let system = Double(fields[12])
        else { return nil }
        var kilobytes: [Substring: Int] = [:]
        for line in status {
            let words = line.split(whereSeparator: { $0 == ":" || $0 == " " || $0 == "\t" })
            if words.count == 3, words[2] == "kB" { kilobytes[words[0]] = Int(words[1]) }
        }
        cpuSeconds = (user + system) / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        anonymousBytes = 1_024 * ((kilobytes["RssAnon"] ?? 0) + (kilobytes["RssShmem"] ?? 0))
        residentBytes = 1_024 * (kilobytes["VmRSS"] ?? 0)
    }

    private static func lines(_ path: String) -> [String]? {
        guard var reader = try? FileLineReader(path, limit: 64 << 10) else { return nil }
        var lines: [String] = []
        while let line = try? reader.next() {
            if case .text(let bytes) = line { lines.append(String(decoding: bytes, as: UTF8.self)) }
        }
        return lines
    }

    /// Members of a JSON answer.
    var json: JSONValue {
        [
            "cpu_s": .number(cpuSeconds), "anonymous_bytes": .integer(Int64(anonymousBytes)),
            "resident_bytes": .integer(Int64(residentBytes)),
        ]
    }
}

/// Times of many calls, in milliseconds.
struct BenchTimes: Sendable {
    private(set) var sorted: [Double] = []

    init(_ times: [Double]) {
        sorted = times.sorted()
    }

    var count: Int { sorted.count }

    /// The time within which this share of the calls was done; 0 where there were none.
    func percentile(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
    }

    /// `p50 1.20, p95 3.40, p99 5.60, longest 7.80`.
    var text: String {
        let shown = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("longest", 1)]
        return shown.map { "\($0) \(BenchText.fixed(percentile($1)))" }.joined(separator: ", ")
    }

    var json: JSONValue {
        [
            "p50_ms": .number(percentile(0.5)), "p95_ms": .number(percentile(0.95)),
            "p99_ms": .number(percentile(0.99)), "longest_ms": .number(percentile(1)),
        ]
    }
}

/// Numbers as measurements show them.
enum BenchText {
    /// With this many digits after the point.
    static func fixed(_ value: Double, _ digits: Int = 2) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        return "\(value < 0 ? "-" : "")\(scaled / scale).\(String(scale + scaled % scale).dropFirst())"
    }

    /// In millions of bytes.
    static func megabytes(_ bytes: Int) -> String { fixed(Double(bytes) / 1e6, 1) + " MB" }

    static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }
}
