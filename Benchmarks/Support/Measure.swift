import Glibc
import JSON

/// What a benchmark cannot go on without.
struct BenchmarkFailure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The thread's CPU time in nanoseconds: what a shared machine distorts least.
func threadNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// What reading ``threadNanoseconds()`` takes, which is a call of the kernel: 0.4 µs on some machines.
func threadClockNanoseconds() -> UInt64 {
    let count: UInt64 = 100_000
    let start = threadNanoseconds()
    for _ in 1..<count { _ = threadNanoseconds() }
    return (threadNanoseconds() - start) / count
}

/// The CPU time of all threads of the process in nanoseconds.
func processNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Nanoseconds of a clock that only runs forward.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// A document or query of a judged set.
struct TextRecord {
    var id: String
    var title: String
    var text: String

    /// A line of `{"id", "title", "text"}`.
    init(line: String) throws {
        let value = try JSONValue(parsing: Array(line.utf8))
        id = value["id"]?.stringValue ?? ""
        title = value["title"]?.stringValue ?? ""
        text = value["text"]?.stringValue ?? ""
    }
}

/// Calls `body` with each line of a file, without its end.
func readLines(_ path: String, _ body: (_ line: String) throws -> Void) throws {
    try readByteLines(path) { try body(String(decoding: $0, as: UTF8.self)) }
}

/// Calls `body` with the bytes of each line of a file, without its end; they are valid during the call.
func readByteLines(_ path: String, _ body: (_ line: UnsafeRawBufferPointer) throws -> Void) throws {
    guard let file = fopen(path, "r") else { throw BenchmarkFailure("\(path) cannot be read") }
    defer { fclose(file) }
    // Calls of the kernel for 4 KB at a time are a part of what is measured.
    setvbuf(file, nil, _IOFBF, 1 << 18)
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while true {
        let count = getline(&line, &capacity, file)
        guard count > 0, let line else { return }
        let bytes = UnsafeRawBufferPointer(start: line, count: count)
        try body(bytes.last == UInt8(ascii: "\n") ? UnsafeRawBufferPointer(rebasing: bytes.dropLast()) : bytes)
    }
}

/// Reads a JSONL file of `{"id", "title", "text"}`.
func readRecords(_ path: String) throws -> [TextRecord] {
    var records: [TextRecord] = []
    try readLines(path) { records.append(try TextRecord(line: $0)) }
    return records
}

/// Reads a file of little-endian Float32.
func readFloats(_ path: String) throws -> [Float] {
    guard let file = fopen(path, "r") else { throw BenchmarkFailure("\(path) cannot be read") }
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    let count = ftell(file) / 4
    rewind(file)
    var values = [Float](repeating: 0, count: count)
    guard fread(&values, 4, count, file) == count else { throw BenchmarkFailure("\(path) ends early") }
    return values
}

/// The value below which `share` of `values` lie.
func percentile(_ values: [Double], _ share: Double) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
}

/// Two digits after the point.
func fixed(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    return "\(hundredths / 100).\(String(100 + abs(hundredths) % 100).dropFirst())"
}
