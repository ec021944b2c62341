package org.patchbay.vhostuser;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.osgi.service.log.Logger;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.linux.UnixSocket;
import org.patchbay.vhostuser.protocol.DeviceRings;
import org.patchbay.vhostuser.protocol.Message;
import org.patchbay.vhostuser.protocol.MessageChannel;
import org.patchbay.vhostuser.protocol.MessageCounters;
import org.patchbay.vhostuser.protocol.Offer;
import org.patchbay.vhostuser.protocol.ProtocolViolation;
import org.patchbay.vhostuser.protocol.Reply;
import org.patchbay.vhostuser.protocol.Session;
import org.patchbay.vhostuser.ring.RingPairListener;

/**
 * Serves one peer after the other on the NIC's message thread, which it owns. A peer that breaks
 * the protocol or its rings loses its connection; the next one is served anew.
 */
final class PeerServer implements RingPairListener, AutoCloseable {

  private static final long END_MILLIS = TimeUnit.SECONDS.toMillis(12);
  private static final long RETRY_MILLIS = 1000;

  /** What a ring was found to be: which one, and what is wrong; ring -1 for memory. */
  private record RingFault(int ring, String what) {}

  private final String name;
  private final String place;
  private final Offer offer;
  private final PeerLink link;
  private final PeerLog log;
  private final MessageCounters counters = new MessageCounters();
  private final Thread thread;
  private @Nullable DeviceRings rings; // set before the thread starts

  private volatile @Nullable Session session;
  private volatile @Nullable RingFault fault;
  private volatile long connections;
  private volatile int peerProcess;
  private volatile boolean closing;

  PeerServer(VhostUserConfiguration configuration, Logger logger) {
    name = configuration.nic().nic().name();
    place = (configuration.connects() ? "connect " : "listen ") + configuration.socket();
    offer = configuration.offer();
    link = new PeerLink(configuration.socket(), configuration.connects());
    log = new PeerLog(name, logger);
    thread =
        Thread.ofPlatform().daemon().name("patchbay-" + name + "-messages").unstarted(this::run);
  }

  /**
   * Takes the socket's path.
   *
   * @throws IOException with a sentence if it can't be had
   */
  void open() throws IOException {
    link.open();
  }

  /** Begins to serve peers with these rings. */
  void start(DeviceRings deviceRings) {
    rings = deviceRings;
    thread.start();
  }

  // ---- the message thread ----

  private void run() {
    while (true) {
      UnixSocket socket = link.await();
      if (socket == null) {
        return;
      }
      serve(socket);
      link.disconnect();
    }
  }

  private void serve(UnixSocket socket) {
    Session current = new Session(offer, Objects.requireNonNull(rings), counters);
    fault = null;
    session = current;
    connections++;
    String end = talk(current, socket);
    RingFault found = fault;
    if (found != null) {
      log.refused(found.ring() < 0 ? found.what() : "ring " + found.ring() + ": " + found.what());
      signalError(current, found.ring());
    }
    end(current);
    peerProcess = 0;
    log.disconnected(end);
  }

  /** Handles the peer's messages until the connection ends; why it did, or null. */
  private @Nullable String talk(Session current, UnixSocket socket) {
    try (MessageChannel channel = new MessageChannel(socket)) {
      peerProcess = socket.peer().processId();
      log.connected(peerProcess);
      exchange(current, channel);
      return null;
    } catch (ProtocolViolation e) {
      log.refused(e.getMessage());
      return e.getMessage();
    } catch (IOException | EndpointException e) {
      return e.getMessage();
    } catch (InterruptedException e) {
      return "the message thread was interrupted";
    } catch (RuntimeException | InternalError e) {
      // An error of ours, or memory that the peer took away while the rings were being set.
      log.stuck(e.toString());
      return e.toString();
    }
  }

  private static void exchange(Session session, MessageChannel channel)
      throws ProtocolViolation, IOException, EndpointException, InterruptedException {
    while (true) {
      try (Message message = channel.receive()) {
        if (message == null) {
          return;
        }
        answer(session, channel, message);
      }
    }
  }

  private static void answer(Session session, MessageChannel channel, Message message)
      throws ProtocolViolation, IOException, EndpointException, InterruptedException {
    Reply reply;
    try {
      reply = session.handle(message);
    } catch (ProtocolViolation e) {
      if (message.needsReply() && message.hasVersion() && !message.isReply()) {
        channel.reply(message, Reply.failure());
      }
      throw e;
    }
    if (reply != null) {
      channel.reply(message, reply);
    }
  }

  private void signalError(Session current, int ring) {
    try {
      current.signalError(ring, "patchbay-" + name + "-ring-error");
    } catch (InterruptedException e) {
      // Nobody interrupts a message thread; the connection ends all the same.
    }
  }

  /** Takes everything of the connection away, however often that must be tried. */
  private void end(Session ending) {
    while (true) {
      try {
        ending.end();
        session = null;
        return;
      } catch (EndpointException | RuntimeException | InternalError e) {
        log.stuck(e.toString());
        if (closing) {
          return;
        }
        pause();
      } catch (InterruptedException e) {
        // Nobody interrupts a message thread; what came with the connection is closed all the same.
      }
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
    } catch (InterruptedException e) {
      // As above.
    }
  }

  // ---- what the rings tell and ask ----

  @Override
  public void ringError(int ring, String what) {
    fault = new RingFault(ring, what);
    link.cut();
  }

  @Override
  public boolean isMemoryIntact() {
    Session current = session;
    return current == null || current.isMemoryIntact();
  }

  @Override
  public void memoryFaulted() {
    fault = new RingFault(-1, "the peer took memory away that it had shared");
    link.cut();
  }

  @Override
  public void linkChanged(boolean up) {
    link.setUp(up);
    if (!up) {
      release();
    }
  }

  @Override
  public void inspect(InspectNode node) {
    InspectNode own = node.child("vhost-user");
    own.value("socket", place);
    Session current = session;
    own.value("connection", state(current));
    own.value("connections", connections);
    String problem = link.problem();
    if (problem != null) {
      own.value("problem", problem);
    }
    if (current != null) {
      own.value("peer-pid", peerProcess);
      current.report().inspect(own);
    }
    log.inspect(own);
    counters.inspect(own.child("messages"));
  }

  private String state(@Nullable Session current) {
    if (current != null) {
      return "connected";
    }
    return link.isUp() ? "waiting" : "link down";
  }

  /** Releases threads that the peer may hold by the eventfds that it shares. */
  private void release() {
    Session current = session;
    if (current != null) {
      current.release();
    }
  }

  // ---- the end ----

  /** Ends the connection and the thread, and removes the socket. A second call does nothing. */
  @Override
  public void close() {
    closing = true;
    link.end();
    release();
    try {
      thread.join(END_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      log.stuck("the message thread does not end");
    } else {
      link.close();
    }
  }

  /** Closes what the engine, which is closed now, did not let go of before. */
  void closeLeftovers() {
    Session left = session;
    if (left != null && !thread.isAlive()) {
      session = null;
      left.close();
    }
  }
}
