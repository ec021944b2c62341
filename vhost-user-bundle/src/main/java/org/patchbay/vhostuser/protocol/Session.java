package org.patchbay.vhostuser.protocol;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointException;
import org.patchbay.api.QueueConfig;
import org.patchbay.frontend.Withdrawal;
import org.patchbay.linux.Descriptor;
import org.patchbay.vhostuser.ring.VirtqueueLayout;

/**
 * One connection's state: what was negotiated, the memory, the rings. It handles one request after
 * the other and owns everything that came with them until {@link #end}.
 *
 * <p>One thread, but for {@link #report} and {@link #isMemoryIntact}, which any thread may ask.
 */
public final class Session {

  private static final int STATUS_MASK = 0xff;

  private static final int NO_DESCRIPTOR = 0x100;

  private final Offer offer;
  private final DeviceRings rings;
  private final MessageCounters counters;
  private final Vrings vrings;
  private final SessionMemory memory;
  private long protocolFeatures;
  private int status;

  /** All eventfds that are not closed yet. */
  private final Set<GuestEvent> events = ConcurrentHashMap.newKeySet();

  private volatile SessionReport report = SessionReport.NONE;

  /**
   * A session of a connection that has just been made.
   *
   * @param rings of the device, none of which is running
   */
  public Session(Offer offer, DeviceRings rings, MessageCounters counters) {
    this.offer = offer;
    this.rings = rings;
    this.counters = counters;
    vrings = new Vrings(offer.queuePairs());
    memory = new SessionMemory(rings, vrings);
  }

  /** What was negotiated so far. Any thread. */
  public SessionReport report() {
    return report;
  }

  /** Whether the files of the shared memory are as long as they must be. Any thread. */
  public boolean isMemoryIntact() {
    return memory.isIntact();
  }

  /**
   * Handles a request.
   *
   * @param message the caller closes it
   * @return what to answer, or null for nothing
   * @throws ProtocolViolation if the connection must end
   * @throws EndpointException if the engine does not follow; the connection ends, too
   */
  public @Nullable Reply handle(Message message)
      throws ProtocolViolation, EndpointException, InterruptedException {
    counters.count(message.code());
    if (!message.hasVersion() || message.isReply()) {
      throw new ProtocolViolation(
          message + ": a request has version " + Message.VERSION + " and is no reply");
    }
    Request request = Request.of(message.code());
    if (request == null) {
      return message.needsReply() ? Reply.failure() : null;
    }
    request.check(message);
    Reply reply = answer(request, message);
    publish();
    return reply;
  }

  private @Nullable Reply answer(Request request, Message message)
      throws ProtocolViolation, EndpointException, InterruptedException {
    return switch (request) {
      case GET_FEATURES -> Reply.of(offer.features());
      case GET_PROTOCOL_FEATURES -> Reply.of(offer.protocolFeatures());
      case GET_QUEUE_NUM -> Reply.of(offer.queuePairs());
      case GET_MAX_MEM_SLOTS -> Reply.of(MemoryTable.MOST_REGIONS);
      case GET_STATUS -> Reply.of(status);
      case GET_VRING_BASE -> {
        VringState vring = vrings.get(message.int32(0));
        stop(vring::equals);
        yield Reply.ofVring(vring.index(), vring.base());
      }
      // An empty payload says that there is no such configuration here.
      case GET_CONFIG -> Reply.empty();
      default -> {
        boolean done = apply(request, message);
        yield !message.needsReply() ? null : done ? Reply.success() : Reply.failure();
      }
    };
  }

  /** Does what a request without an answer of its own asks; false if it can't be had. */
  private boolean apply(Request request, Message message)
      throws ProtocolViolation, EndpointException, InterruptedException {
    switch (request) {
      case SET_FEATURES -> setFeatures(message.int64(0));
      case SET_PROTOCOL_FEATURES -> setProtocolFeatures(message.int64(0));
      case SET_MEM_TABLE -> memory.replace(message);
      case ADD_MEM_REG -> memory.add(message);
      case REM_MEM_REG -> memory.remove(message);
      case SET_VRING_NUM -> setSize(vrings.get(message.int32(0)), message.int32(4));
      case SET_VRING_ADDR -> setAddresses(message);
      case SET_VRING_BASE -> setBase(vrings.get(message.int32(0)), message.int32(4));
      case SET_VRING_KICK -> setKick(message);
      case SET_VRING_CALL -> setCall(message);
      case SET_VRING_ERR ->
          closeUnused(vrings.ofEvent(message).replaceError(event(Request.SET_VRING_ERR, message)));
      case SET_VRING_ENABLE -> setEnabled(vrings.get(message.int32(0)), message.int32(4));
      case SET_STATUS -> setStatus(message.int64(0));
      // The specification leaves it to disable all rings; nothing else of the session changes.
      case RESET_OWNER -> disableAll();
      case RESET_DEVICE -> resetDevice();
      case NET_SET_MTU -> {
        long mtu = message.int64(0);
        return mtu >= QueueConfig.MIN_MTU && mtu <= offer.mtu();
      }
      // A channel for requests of ours: none is made, so its descriptor is closed with the message.
      case SET_OWNER, SET_BACKEND_REQ_FD -> {}
      default -> {
        return false;
      }
    }
    return true;
  }

  /** The descriptor of a kick, call or error; null if the message says that there is none. */
  private @Nullable GuestEvent event(Request request, Message message) throws ProtocolViolation {
    int wanted = (message.int64(0) & NO_DESCRIPTOR) != 0 ? 0 : 1;
    if (message.descriptorCount() != wanted) {
      throw new ProtocolViolation(
          request
              + " came with "
              + message.descriptorCount()
              + " descriptors; it says that there is "
              + (wanted == 0 ? "none" : "one"));
    }
    if (wanted == 0) {
      return null;
    }
    GuestEvent event = GuestEvent.take(message.takeDescriptor(), request);
    events.add(event);
    return event;
  }

  // ---- features and status ----

  private void setFeatures(long wanted) throws ProtocolViolation {
    if ((wanted & ~offer.features()) != 0) {
      throw new ProtocolViolation(
          "SET_FEATURES asks for "
              + String.join(", ", VirtioFeature.names(wanted & ~offer.features()))
              + ", which is not offered");
    }
    if (wanted != vrings.features() && vrings.isRunning()) {
      throw new ProtocolViolation("SET_FEATURES changes the features while rings are running");
    }
    vrings.setFeatures(wanted);
  }

  private void setProtocolFeatures(long wanted) throws ProtocolViolation {
    if ((wanted & ~offer.protocolFeatures()) != 0) {
      throw new ProtocolViolation(
          "SET_PROTOCOL_FEATURES asks for "
              + String.join(", ", ProtocolFeature.names(wanted & ~offer.protocolFeatures()))
              + ", which is not offered");
    }
    protocolFeatures = wanted;
  }

  private void setStatus(long newStatus)
      throws ProtocolViolation, EndpointException, InterruptedException {
    if ((newStatus & ~STATUS_MASK) != 0) {
      throw new ProtocolViolation(
          "SET_STATUS is 0x" + Long.toHexString(newStatus) + "; a status has 8 bits");
    }
    if (newStatus == 0) {
      // The driver's reset. Where the rings were is still asked for afterwards.
      stop(VringState::isRunning);
    }
    status = (int) newStatus;
  }

  private void resetDevice() throws EndpointException, InterruptedException {
    stop(VringState::isRunning);
    vrings.reset();
    status = 0;
  }

  // ---- rings ----

  private void refuseRunning(VringState vring, Request request) throws ProtocolViolation {
    if (vring.isRunning()) {
      throw new ProtocolViolation(
          request + " for ring " + vring.index() + " came while it is running");
    }
  }

  private void setSize(VringState vring, int size)
      throws ProtocolViolation, EndpointException, InterruptedException {
    refuseRunning(vring, Request.SET_VRING_NUM);
    if (size < 1 || size > VirtqueueLayout.MAX_SIZE) {
      throw new ProtocolViolation(
          "ring "
              + vring.index()
              + " is to have "
              + Integer.toUnsignedString(size)
              + " entries; allowed are 1 to "
              + VirtqueueLayout.MAX_SIZE);
    }
    vring.setSize(size);
    startIfReady(vring);
  }

  private void setBase(VringState vring, int base) throws ProtocolViolation {
    refuseRunning(vring, Request.SET_VRING_BASE);
    vring.setBase(base);
  }

  private void setAddresses(Message message)
      throws ProtocolViolation, EndpointException, InterruptedException {
    VringState vring = vrings.get(message.int32(0));
    VringState.Addresses addresses =
        new VringState.Addresses(message.int64(8), message.int64(24), message.int64(16));
    if (!addresses.equals(vring.addresses())) {
      refuseRunning(vring, Request.SET_VRING_ADDR);
      vring.setAddresses(addresses);
    }
    startIfReady(vring);
  }

  private void setKick(Message message)
      throws ProtocolViolation, EndpointException, InterruptedException {
    VringState vring = vrings.ofEvent(message);
    GuestEvent before = vring.replaceKick(event(Request.SET_VRING_KICK, message));
    if (vring.isRunning()) {
      rings.change(
          Withdrawal.NOTHING, device -> device.setKick(vring.index(), descriptor(vring.kick())));
    }
    // Only now: had the change failed, the device would still use it.
    closeUnused(before);
    startIfReady(vring);
  }

  private void setCall(Message message)
      throws ProtocolViolation, EndpointException, InterruptedException {
    VringState vring = vrings.ofEvent(message);
    GuestEvent before = vring.replaceCall(event(Request.SET_VRING_CALL, message));
    if (vring.isRunning()) {
      rings.change(
          Withdrawal.NOTHING, device -> device.setCall(vring.index(), descriptor(vring.call())));
    }
    // Only now: had the change failed, the device would still use it.
    closeUnused(before);
  }

  private void setEnabled(VringState vring, int enabled)
      throws ProtocolViolation, EndpointException, InterruptedException {
    if (enabled != 0 && enabled != 1) {
      throw new ProtocolViolation(
          "SET_VRING_ENABLE is "
              + Integer.toUnsignedString(enabled)
              + " for ring "
              + vring.index()
              + "; allowed are 0 and 1");
    }
    boolean was = vrings.isEnabled(vring);
    vring.setEnabled(enabled == 1);
    if (was != vrings.isEnabled(vring) && vring.isRunning()) {
      rings.change(Withdrawal.NOTHING, vrings::applyEnabled);
    }
  }

  private void disableAll() throws EndpointException, InterruptedException {
    vrings.disable();
    if (vrings.isRunning()) {
      rings.change(Withdrawal.NOTHING, vrings::applyEnabled);
    }
  }

  /** Starts a ring as soon as all that it needs is known. */
  private void startIfReady(VringState vring)
      throws ProtocolViolation, EndpointException, InterruptedException {
    if (vring.isRunning() || !vring.isReady()) {
      return;
    }
    VirtqueueLayout layout = vrings.layout(vring, memory.table());
    vring.setRunning(true);
    boolean started = false;
    try {
      memory.provideFor(
          device -> {
            device.setFeatures(vrings.features());
            device.setLayout(vring.index(), layout);
            device.setKick(vring.index(), descriptor(vring.kick()));
            device.setCall(vring.index(), descriptor(vring.call()));
            vrings.applyEnabled(device);
          });
      started = true;
    } finally {
      vring.setRunning(started);
    }
  }

  /** Stops those rings of a kind that are running; each of them starts with its next kick. */
  private void stop(Predicate<VringState> which) throws EndpointException, InterruptedException {
    List<VringState> named = vrings.where(which);
    if (named.stream().anyMatch(VringState::isRunning)) {
      rings.change(Withdrawal.BUFFERS, device -> vrings.stop(named, device));
    }
    named.forEach(vring -> closeUnused(vring.removeKick()));
  }

  // ---- the end ----

  /**
   * Tells the front-end that a ring is broken, if it gave a descriptor for that. Bounded.
   *
   * @param thread name of the thread that signals it
   */
  public void signalError(int ring, String thread) throws InterruptedException {
    GuestEvent error = vrings.error(ring);
    if (error != null) {
      error.signal(thread);
    }
  }

  /**
   * Releases whoever is stuck in an eventfd of the front-end's, which it can make blocking at any
   * time. Any thread.
   */
  public void release() {
    events.forEach(GuestEvent::release);
  }

  private static @Nullable Descriptor descriptor(@Nullable GuestEvent event) {
    return event == null ? null : event.descriptor();
  }

  private void closeUnused(@Nullable GuestEvent event) {
    if (event != null) {
      rings.whenRingsUnused(
          () -> {
            event.close();
            events.remove(event);
          });
    }
  }

  /**
   * Takes rings and memory away from the device and closes whatever came with the connection. May
   * be called again after it failed.
   *
   * @throws EndpointException if the engine does not let go of them; nothing is closed then
   */
  public void end() throws EndpointException, InterruptedException {
    release();
    memory.withdraw();
    close();
  }

  /**
   * Closes whatever came with the connection, once no worker can touch it. For an engine that was
   * closed; else {@link #end} does it.
   */
  public void close() {
    memory.close();
    // Those of the rings are among them.
    events.forEach(this::closeUnused);
    report = SessionReport.NONE;
    // A thread that was given up in one of them ends now, and with it what waits for that.
    release();
  }

  private void publish() {
    MemoryTable table = memory.table();
    report =
        new SessionReport(
            vrings.features(),
            protocolFeatures,
            status,
            table.size(),
            table.bytes(),
            vrings.activePairs());
  }
}
