package org.patchbay.tap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.driver.OwnedQueueDriver;
import org.patchbay.api.driver.WorkerWait;
import org.patchbay.linux.Epoll;
import org.patchbay.linux.Errno;
import org.patchbay.linux.NetworkNamespace;
import org.patchbay.linux.RawIo;
import org.patchbay.linux.TestNamespace;
import org.patchbay.linux.Tun;
import org.patchbay.linux.VirtioNetHeader;
import org.patchbay.linux.driver.EpollWaitFactory;

/**
 * A namespace with a bridge between the endpoint's interface, {@code near}, and a peer, {@code
 * far}, which reads and writes plain frames.
 */
final class TapRig implements AutoCloseable {
  static final int MTU = 9000;

  final TestNamespace namespace;
  final GuestBuffers buffers = new GuestBuffers();
  private final Tun far;
  private final RawIo io = new RawIo();
  private final MemorySegment memory = Arena.ofAuto().allocate(1 << 17);
  private final WorkerWait wait;
  private @Nullable OwnedQueueDriver driver;

  private TapRig(TestNamespace namespace, Tun far, WorkerWait wait) {
    this.namespace = namespace;
    this.far = far;
    this.wait = wait;
  }

  static TapRig create() throws Exception {
    TestNamespace namespace = TestNamespace.create();
    try {
      Tun far = NetworkNamespace.call(namespace.name(), () -> Tun.attach("far"));
      far.setHeaderLength(VirtioNetHeader.LENGTH);
      namespace.ip("link", "add", "bridge", "type", "bridge", "mcast_snooping", "0");
      namespace.ip("link", "set", "bridge", "mtu", String.valueOf(MTU), "up");
      namespace.ip("link", "set", "far", "mtu", String.valueOf(MTU), "master", "bridge", "up");
      return new TapRig(namespace, far, new EpollWaitFactory().open());
    } catch (Exception failed) {
      namespace.close();
      throw failed;
    }
  }

  /** Settings for {@code near} in this namespace, changed by these. */
  Map<String, String> configuration(String... keysAndValues) {
    Map<String, String> configuration = new HashMap<>();
    configuration.put("name", "near");
    configuration.put("netns", namespace.name());
    configuration.put("mtu", String.valueOf(MTU));
    configuration.put("up", "true");
    for (int i = 0; i < keysAndValues.length; i += 2) {
      configuration.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return configuration;
  }

  /** Opens the endpoint on {@code near}, a port of the bridge. */
  TapEndpoint endpoint() throws Exception {
    TapEndpoint endpoint = TapEndpoint.open(TapSettings.of(configuration()));
    namespace.ip("link", "set", "near", "master", "bridge");
    return endpoint;
  }

  QueueConfig queueConfig() throws Exception {
    closeDriver();
    OwnedQueueDriver opened = wait.openDriver();
    driver = opened;
    return new QueueConfig(opened, MacAddress.forName("nic0"), 1500);
  }

  private void closeDriver() {
    if (driver != null) {
      driver.close();
    }
  }

  Queue queue(TapEndpoint endpoint) throws Exception {
    return endpoint.getQueues(List.of(queueConfig()), null).getFirst();
  }

  WorkerWait worker() {
    return wait;
  }

  /** Posts buffers with these ids, each of this capacity. */
  void post(Queue queue, int capacity, int... ids) {
    for (int id : ids) {
      buffers.addBuffer(id, capacity);
    }
    if (queue.rxAvail(buffers, ids, ids.length) != 0) {
      throw new AssertionError("rxAvail failed");
    }
  }

  /** Receives this many frames as a worker does: poll, collect, sleep. */
  List<GuestBuffers.Received> receive(Queue queue, int count) {
    List<GuestBuffers.Received> received = new ArrayList<>();
    int[] ids = new int[64];
    while (received.size() < count) {
      if (!queue.pollReady(buffers)) {
        if (!wait.await(TimeUnit.SECONDS.toNanos(10))) {
          throw new AssertionError("after " + received.size() + " frames nothing came for 10 s");
        }
        continue;
      }
      int collected = queue.rxPoll(buffers, ids, Math.min(64, count - received.size()));
      if (collected < 0) {
        throw new AssertionError("rxPoll answered " + collected, queue.failure());
      }
      for (int i = 0; i < collected; i++) {
        received.add(buffers.take(ids[i]));
      }
    }
    return received;
  }

  /** Writes a frame from the peer. */
  void send(byte[] frame) {
    VirtioNetHeader.clear(memory, 0);
    write(frame);
  }

  /** Writes a frame from the peer whose transport checksum the receiver has to complete. */
  void sendUnfinished(byte[] frame, int checksumStart, int checksumOffset) {
    VirtioNetHeader.clear(memory, 0);
    VirtioNetHeader.setChecksum(memory, 0, checksumStart, checksumOffset);
    write(frame);
  }

  private void write(byte[] frame) {
    MemorySegment.copy(
        frame, 0, memory, ValueLayout.JAVA_BYTE, VirtioNetHeader.LENGTH, frame.length);
    long length = VirtioNetHeader.LENGTH + frame.length;
    long written = io.write(far.descriptor().value(), memory.address(), length);
    if (written != length) {
      throw new AssertionError("the peer's write answered " + written);
    }
  }

  /** Reads the next frames at the peer, leaving out those of the kernel's own. */
  List<byte[]> read(int count) throws Exception {
    List<byte[]> frames = new ArrayList<>();
    int fd = far.descriptor().value();
    try (Epoll epoll = Epoll.open(1)) {
      epoll.add(fd, Epoll.IN, 1);
      while (frames.size() < count) {
        if (epoll.await(TimeUnit.SECONDS.toNanos(10)) == 0) {
          throw new AssertionError("after " + frames.size() + " frames nothing came for 10 s");
        }
        byte[] frame = readNow();
        if (frame != null) {
          frames.add(frame);
        }
      }
    }
    return frames;
  }

  /** Reads the next frame at the peer, whosever it is; null if none comes in time. */
  byte @Nullable [] poll(Duration patience) throws Exception {
    int fd = far.descriptor().value();
    try (Epoll epoll = Epoll.open(1)) {
      epoll.add(fd, Epoll.IN, 1);
      return epoll.await(patience.toNanos()) == 0
          ? null
          : frame(io.read(fd, memory.address(), memory.byteSize()));
    }
  }

  /** Throws away what waits at the peer. */
  void forgetWaiting() {
    while (io.read(far.descriptor().value(), memory.address(), memory.byteSize()) >= 0) {
      // Of no interest.
    }
  }

  /** What waits at the peer now of frames that a test sent. */
  List<byte[]> readWaiting() {
    List<byte[]> frames = new ArrayList<>();
    while (true) {
      long length = io.read(far.descriptor().value(), memory.address(), memory.byteSize());
      if (length == -Errno.EAGAIN) {
        return frames;
      }
      byte[] frame = ours(length);
      if (frame != null) {
        frames.add(frame);
      }
    }
  }

  private byte @Nullable [] readNow() {
    return ours(io.read(far.descriptor().value(), memory.address(), memory.byteSize()));
  }

  private byte[] frame(long length) {
    if (length < VirtioNetHeader.LENGTH) {
      throw new AssertionError("the peer's read answered " + length);
    }
    long offset = VirtioNetHeader.LENGTH;
    return memory.asSlice(offset, length - offset).toArray(ValueLayout.JAVA_BYTE);
  }

  private byte @Nullable [] ours(long length) {
    byte[] frame = frame(length);
    // Only tests send from this address.
    boolean ours = frame[6] == 2 && frame[7] == 0 && frame[11] == 7;
    return ours ? frame : null;
  }

  @Override
  public void close() throws Exception {
    closeDriver();
    wait.close();
    far.close();
    namespace.close();
  }
}
