import Appliance
import Testing

@Suite struct FailureBreakerTests {
    @Test func `three failures in a row open it for ten seconds, a success forgets them`() {
        var breaker = FailureBreaker()
        let start = ContinuousClock.now
        breaker.noteFailure(at: start)
        breaker.noteFailure(at: start)
        breaker.noteSuccess()
        breaker.noteFailure(at: start)
        breaker.noteFailure(at: start)
        #expect(!breaker.isOpen(at: start))
        breaker.noteFailure(at: start)
        #expect(breaker.isOpen(at: start) && breaker.isOpen(at: start + .milliseconds(9_999)))
        #expect(!breaker.isOpen(at: start + .seconds(10)))
        // Once open again, it takes three more.
        breaker.noteFailure(at: start + .seconds(10))
        #expect(!breaker.isOpen(at: start + .seconds(10)))
    }
}
