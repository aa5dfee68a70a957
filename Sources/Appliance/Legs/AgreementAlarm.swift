import HNSW
import IndexCore
import Synchronization

/// Watches whether the two rankings still speak of the same documents.
///
/// The agreement of one search is the mean, over the ten documents that the words find first, of how many deviations their
/// cosine lies above what any document has. Over a hundred searches healthy indexes come to 1.7 and more, random or
/// misplaced vectors to 0.1 at most: below a half something is wrong, and a probe can tell what. The alarm changes no
/// answer. It lives in memory and begins anew with the process.
package final class AgreementAlarm: Sendable {
    /// A collection's vectors in one space.
    package struct Place: Hashable, Sendable {
        package var collection: UInt32
        package var space: String

        /// Memberwise.
        package init(collection: UInt32, space: String) {
            self.collection = collection
            self.space = space
        }
    }

    /// Searches that are looked at together.
    static let windowSize = 100
    /// The mean that a healthy index does not fall below.
    static let threshold = 0.5
    /// Of the searches that do not know the cosines by themselves, one of so many is looked at.
    static let sampleStep = 8
    /// Documents of a search that are looked at.
    static let depth = 10
    /// Places watched at most; more are not.
    private static let placeLimit = 1_024

    /// The last searches of one place.
    package struct Window: Sendable {
        private var values: [Double] = []
        private var oldest = 0
        /// Whether they disagree: there are a hundred, and their mean is below the threshold.
        fileprivate(set) var isLow = false

        package var count: Int { values.count }
        package var mean: Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
        var isFull: Bool { values.count == AgreementAlarm.windowSize }

        mutating func add(_ value: Double) {
            if isFull {
                values[oldest] = value
                oldest = (oldest + 1) % AgreementAlarm.windowSize
            } else {
                values.append(value)
            }
        }
    }

    private let windows = Mutex<[Place: Window]>([:])
    private let asked = Atomic<UInt64>(0)

    package init() {}

    /// Whether the next search is one of those that are sampled.
    package func takesNext() -> Bool {
        asked.add(1, ordering: .relaxed).newValue % UInt64(Self.sampleStep) == 0
    }

    /// What the last searches of a place say.
    package enum Word: Sendable {
        case well
        /// They disagree, and those before did not.
        case raised
        case low
    }

    /// Takes the agreement of one search.
    package func note(_ value: Double, of place: Place) -> Word {
        guard value.isFinite else { return .well }
        return windows.withLock { windows in
            guard windows[place] != nil || windows.count < Self.placeLimit else { return .well }
            var window = windows[place] ?? Window()
            window.add(value)
            let wasLow = window.isLow
            window.isLow = window.isFull && (window.mean ?? 0) < Self.threshold
            windows[place] = window
            return window.isLow ? (wasLow ? .low : .raised) : .well
        }
    }

    /// The last searches of a place; nil where there were none.
    package func window(of place: Place) -> Window? { windows.withLock { $0[place] } }

    /// Forgets the searches of a collection: its rankings are others now.
    package func forget(_ collection: UInt32) {
        windows.withLock { windows in windows = windows.filter { $0.key.collection != collection } }
    }

    /// Collections whose rankings disagree now.
    package var lowCount: Int {
        windows.withLock { windows in Set(windows.filter(\.value.isLow).map(\.key.collection)).count }
    }
}

/// A search whose agreement is still to be computed.
struct AgreementSample: Sendable {
    var place: AgreementAlarm.Place
    var space: SpaceSnapshot
    var live: IDSet
    var query: [Float]
    /// The best passages of the documents that the words found first.
    var passages: [PassageID]

    /// - Returns: Nil where none of the passages has a vector.
    func agreement() throws -> Double? {
        let order = passages.sorted()
        let cosines = try space.vectors.similarities(of: order, to: query).compactMap { $0 }
        guard !cosines.isEmpty else { return nil }
        let usual = space.usualCosine(of: query, live: live)
        let mean = cosines.reduce(0.0) { $0 + Double($1) } / Double(cosines.count)
        return (mean - usual.mean) / usual.deviation
    }
}

extension SpaceSnapshot {
    /// What a question's cosine to documents that have nothing to do with it is: mean and deviation, the latter above 0.
    func usualCosine(of query: [Float], live: IDSet) -> (mean: Double, deviation: Double) {
        let shape = shape(live: live)
        var (squares, product) = (0.0, 0.0)
        for (mean, value) in zip(shape.mean, query) {
            squares += Double(value) * Double(value)
            product += Double(mean) * Double(value)
        }
        let length = squares.squareRoot()
        let deviation = Double(shape.deviation)
        return (
            length > 0 ? product / length : 0, deviation > 0 ? deviation : CalibratedFusion.usualDeviation
        )
    }
}

extension Calibration {
    /// How far the documents that the words found first stand out of the vectors' noise; all of it is known already.
    var agreement: Double? {
        guard let vector else { return nil }
        var (sum, count) = (0.0, 0)
        for (pair, candidate) in zip(pairs, candidates) {
            guard let place = pair.keyword, place < AgreementAlarm.depth, let cosine = candidate.cosine
            else { continue }
            sum += cosine
            count += 1
        }
        guard count > 0 else { return nil }
        let deviation = vector.deviation > 0 ? vector.deviation : CalibratedFusion.usualDeviation
        return (sum / Double(count) - vector.meanCosine) / deviation
    }
}
