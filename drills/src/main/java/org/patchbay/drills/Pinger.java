package org.patchbay.drills;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that sends an ICMP echo request each millisecond, whether replies come or not, until it
 * gets SIGINT or SIGTERM, and then prints how many it sent and how many replies came, in the words
 * of ping. Needs root.
 *
 * <p>The system's {@code ping -i 0.001} does not do: it spins on a processor while replies come,
 * and sends one request in 10 ms only while one is missing, which is when a drill wants to count.
 *
 * <p><b>Threads.</b> The main thread sends, a second one receives, the shutdown hook waits for the
 * main thread's last words.
 */
public final class Pinger {
  // socket(7), ip(7), icmp(7); the same on all architectures that we run on.
  private static final int AF_INET = 2;
  private static final int SOCK_RAW = 3;
  private static final int IPPROTO_ICMP = 1;

  private static final int ECHO_REPLY = 0;
  private static final byte ECHO_REQUEST = 8;
  private static final int HEADER = 8;

  /** As much as ping sends. */
  private static final int PAYLOAD = 56;

  /** What it prints when the first reply has come. */
  static final String FIRST_REPLY = "replies come";

  private static final int MOST_REQUESTS = 1 << 16;
  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LAST_REPLY_MILLIS = 1_000;

  private static final ValueLayout.OfShort NETWORK_SHORT =
      JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final int socket;
  private final MemorySegment address;
  private final MemorySegment request;
  private final MemorySegment reply;
  private final short id = (short) ProcessHandle.current().pid();
  private final MethodHandle sendTo;
  private final MethodHandle receive;

  // Guarded by itself.
  private final BitSet replies = new BitSet(MOST_REQUESTS);
  private volatile boolean stopped;

  private Pinger(Arena arena, InetAddress target) throws Throwable {
    Linker linker = Linker.nativeLinker();
    // int socket(int domain, int type, int protocol);
    MethodHandle open =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("socket"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    // ssize_t sendto(int, const void *, size_t, int flags, const struct sockaddr *, socklen_t);
    sendTo =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("sendto"),
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    // ssize_t recv(int, void *, size_t, int flags);
    receive =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("recv"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    socket = (int) open.invokeExact(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    if (socket < 0) {
      throw new IOException("no raw socket can be opened: root is needed");
    }
    // struct sockaddr_in { u16 family; be16 port; be32 address; u8 zero[8]; };
    address = arena.allocate(16, 4);
    address.set(JAVA_SHORT, 0, (short) AF_INET);
    MemorySegment.copy(target.getAddress(), 0, address, JAVA_BYTE, 4, 4);
    request = arena.allocate(HEADER + PAYLOAD);
    reply = arena.allocate(2048);
  }

  /**
   * Sends until it is told to end.
   *
   * @param arguments the IPv4 address to send to
   */
  public static void main(String[] arguments) throws Throwable {
    Pinger pinger = new Pinger(Arena.global(), InetAddress.getByName(arguments[0]));
    Thread main = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> pinger.stop(main), "pinger-stop"));
    Thread.ofPlatform().daemon().name("pinger-receive").start(pinger::receive);
    int sent = pinger.send();
    System.out.println(sent + " packets transmitted, " + pinger.awaitReplies(sent) + " received");
    System.out.flush();
  }

  private void stop(Thread main) {
    stopped = true;
    try {
      main.join(2 * LAST_REPLY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int send() throws Throwable {
    int sent = 0;
    long begin = System.nanoTime();
    while (!stopped && sent < MOST_REQUESTS) {
      writeRequest(sent);
      long accepted =
          (long)
              sendTo.invokeExact(
                  socket, request, request.byteSize(), 0, address, (int) address.byteSize());
      if (accepted < 0) {
        throw new IOException("request " + sent + " could not be sent");
      }
      sent++;
      // By the begin, so that lateness does not add up.
      LockSupport.parkNanos(begin + sent * INTERVAL_NANOS - System.nanoTime());
    }
    return sent;
  }

  /**
   * Type, code, checksum, id, sequence, each in network order; the payload tells requests apart.
   */
  private void writeRequest(int sequence) {
    request.set(JAVA_BYTE, 0, ECHO_REQUEST);
    request.set(NETWORK_SHORT, 2, (short) 0);
    request.set(NETWORK_SHORT, 4, id);
    request.set(NETWORK_SHORT, 6, (short) sequence);
    int sum = 0;
    for (long at = 0; at < request.byteSize(); at += 2) {
      sum += Short.toUnsignedInt(request.get(NETWORK_SHORT, at));
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = (sum & 0xffff) + (sum >>> 16);
    request.set(NETWORK_SHORT, 2, (short) ~sum);
  }

  private void receive() {
    try {
      while (true) {
        long length = (long) receive.invokeExact(socket, reply, reply.byteSize(), 0);
        // A raw socket receives the IPv4 header, too.
        int icmp = (reply.get(JAVA_BYTE, 0) & 0xf) * 4;
        if (length >= icmp + HEADER
            && reply.get(JAVA_BYTE, icmp) == ECHO_REPLY
            && reply.get(NETWORK_SHORT, icmp + 4) == id) {
          synchronized (replies) {
            if (replies.isEmpty()) {
              System.out.println(FIRST_REPLY);
            }
            replies.set(Short.toUnsignedInt(reply.get(NETWORK_SHORT, icmp + 6)));
            replies.notifyAll();
          }
        }
      }
    } catch (Throwable e) { // What a method handle may throw; nothing is above this thread.
      System.err.println("No more replies are counted: " + e);
    }
  }

  /** Gives the last replies a second to come. */
  private int awaitReplies(int sent) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LAST_REPLY_MILLIS);
    synchronized (replies) {
      for (long left = deadline - System.nanoTime();
          left > 0 && replies.cardinality() < sent;
          left = deadline - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(replies, left);
      }
      return replies.cardinality();
    }
  }
}
