/// When a receiver that fails is left alone, and when it is tried again: a value that counts, without a clock of its own.
package struct PushBreaker: Sendable {
    /// How long deliveries wait.
    package struct Pace: Sendable {
        /// Before each further try of one event.
        package var pauses: [Duration]
        /// Before each further try of a receiver that was given up; behind the last it stays so.
        package var rests: [Duration]

        /// Makes a pace.
        package init(pauses: [Duration], rests: [Duration]) {
            self.pauses = pauses
            self.rests = rests
        }

        /// The product's: half a day in all for a receiver that is being mended.
        package static let standard = Pace(
            pauses: [.seconds(1), .seconds(5), .seconds(25), .seconds(125)],
            rests: [.seconds(600), .seconds(1_800), .seconds(7_200), .seconds(32_400)])
    }

    /// What follows a delivery.
    package enum Step: Equatable {
        /// This event is done, delivered or skipped.
        case next
        /// Nothing for so long, then this event again.
        case rest(Duration)
        /// Never again, unless the receiver is made anew.
        case end
    }

    /// After so many events in a row that could not be delivered a receiver is given up.
    package static let failureLimit = 3

    private let pace: Pace
    private var failures = 0
    private var restCount = 0

    package init(_ pace: Pace) { self.pace = pace }

    /// The pauses between tries of the next event; one that comes behind a rest is tried once.
    package var pauses: [Duration] { restCount == 0 ? pace.pauses : [] }

    /// Takes note of how a delivery with all its tries ended.
    ///
    /// The event that brings a receiver to be given up is not skipped: it waits in the log with those behind it.
    package mutating func note(isDelivered: Bool) -> Step {
        if isDelivered {
            (failures, restCount) = (0, 0)
            return .next
        }
        failures += 1
        if failures < Self.failureLimit { return .next }
        guard restCount < pace.rests.count else { return .end }
        restCount += 1
        return .rest(pace.rests[restCount - 1])
    }
}
