import Appliance
import Testing

@Suite struct PushBreakerTests {
    private static let pace = PushBreaker.Pace(
        pauses: [.seconds(1), .seconds(5)], rests: [.seconds(60), .seconds(600)])

    /// What follows each of these deliveries.
    private func steps(_ deliveries: [Bool]) -> [PushBreaker.Step] {
        var breaker = PushBreaker(Self.pace)
        return deliveries.map { breaker.note(isDelivered: $0) }
    }

    @Test func `three in a row bring a rest, rests get longer, and the last one ends it`() {
        let expected: [PushBreaker.Step] = [.next, .next, .rest(.seconds(60)), .rest(.seconds(600)), .end]
        #expect(steps([Bool](repeating: false, count: 5)) == expected)
    }

    @Test func `one that arrives begins the count anew`() {
        #expect(steps([false, false, true, false, false]) == [PushBreaker.Step](repeating: .next, count: 5))
        let rested: [PushBreaker.Step] = [
            .next, .next, .rest(.seconds(60)), .next, .next, .next, .rest(.seconds(60)),
        ]
        #expect(steps([false, false, false, true, false, false, false]) == rested)
    }

    @Test func `behind a rest an event is tried once`() {
        var breaker = PushBreaker(Self.pace)
        #expect(breaker.pauses == Self.pace.pauses)
        for _ in 0..<3 { _ = breaker.note(isDelivered: false) }
        #expect(breaker.pauses == [])
        _ = breaker.note(isDelivered: true)
        #expect(breaker.pauses == Self.pace.pauses)
    }
}
