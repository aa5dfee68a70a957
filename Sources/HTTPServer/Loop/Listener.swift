import CEvent

/// A listening socket's place in the loop; lives inside its worker's actor.
final class Listener {
    /// What libevent holds: the way back to the worker.
    private final class Door: Sendable {
        unowned let worker: Worker
        let index: Int

        init(_ worker: Worker, _ index: Int) {
            self.worker = worker
            self.index = index
        }
    }

    let socket: ListeningSocket
    private let door: Door
    private let event: OpaquePointer?
    private var isAccepting = false

    init(_ socket: ListeningSocket, worker: Worker, index: Int, base: OpaquePointer) {
        self.socket = socket
        door = Door(worker, index)
        event = event_new(
            base, socket.descriptor, Int16(EV_READ | EV_PERSIST),
            { _, _, context in
                guard let context else { return }
                let door = Unmanaged<Door>.fromOpaque(context).takeUnretainedValue()
                door.worker.assumeIsolated { $0.acceptReady(door.index) }
            }, Unmanaged.passUnretained(door).toOpaque())
        setAccepting(true)
    }

    func setAccepting(_ wanted: Bool) {
        guard let event, wanted != isAccepting else { return }
        isAccepting = wanted
        _ = wanted ? event_add(event, nil) : event_del(event)
    }

    func close() {
        if let event { event_free(event) }
        socket.close()
    }
}
