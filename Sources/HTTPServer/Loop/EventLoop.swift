import CEvent
import Glibc

/// A serial executor on one thread that also waits for sockets.
///
/// Actors that name this loop as their executor live on its thread; libevent's callbacks enter them with
/// `assumeIsolated`, without a lock or a hop. When the last reference goes, the thread ends.
///
/// Sendable: both members are constants and ``LoopThread`` guards what it shares.
final class EventLoop: SerialExecutor, Sendable {
    private let thread: LoopThread
    /// The time, as of the last sweep.
    let clock = LoopClock()

    /// Starts the thread.
    init() throws(HTTPServerError) {
        thread = try LoopThread()
        try thread.start(for: self)
    }

    deinit { thread.stop() }

    func enqueue(_ job: consuming ExecutorJob) {
        thread.enqueue(UnownedJob(job))
    }

    /// Runs `errand` on the loop, where it may enter actors with `assumeIsolated`.
    ///
    /// A task would do the same, but it would begin on the global pool, which others may keep busy.
    func perform(_ errand: @escaping @Sendable () -> Void) {
        thread.perform(errand)
    }

    /// The base; only code on the loop may touch it.
    var base: OpaquePointer {
        assert(thread.isCurrent)
        return thread.base
    }

    /// 64 KiB to read a socket into, overwritten by the next read of any connection; only for code on the loop.
    var scratch: UnsafeMutableRawBufferPointer {
        assert(thread.isCurrent)
        return thread.scratch
    }

    func checkIsolated() {
        precondition(thread.isCurrent, "not on the event loop")
    }

    func isIsolatingCurrentContext() -> Bool? { thread.isCurrent }
}
