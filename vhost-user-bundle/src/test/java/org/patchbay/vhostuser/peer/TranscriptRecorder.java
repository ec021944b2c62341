package org.patchbay.vhostuser.peer;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.patchbay.linux.Descriptor;
import org.patchbay.linux.UnixSocket;
import org.patchbay.vhostuser.protocol.Message;
import org.patchbay.vhostuser.protocol.MessageChannel;
import org.patchbay.vhostuser.protocol.ProtocolViolation;

/**
 * Stands between a front-end and a back-end, passes messages and descriptors on, and writes a
 * transcript of one connection. It made those of {@code src/test/resources}:
 *
 * <pre>
 *   java … org.patchbay.vhostuser.peer.TranscriptRecorder LISTEN CONNECT TRANSCRIPT
 * </pre>
 */
public final class TranscriptRecorder {

  private final PrintWriter transcript;

  private TranscriptRecorder(Writer transcript) {
    this.transcript = new PrintWriter(transcript, true);
  }

  /**
   * Records one connection.
   *
   * @param arguments where the front-end connects to, where the back-end listens, and the file
   */
  public static void main(String[] arguments) throws Exception {
    try (UnixSocket server = UnixSocket.listen(arguments[0], 1);
        UnixSocket frontEnd = server.accept();
        UnixSocket backEnd = UnixSocket.connect(arguments[1]);
        Writer file = Files.newBufferedWriter(Path.of(arguments[2]))) {
      TranscriptRecorder recorder = new TranscriptRecorder(file);
      Thread replies = Thread.ofPlatform().start(() -> recorder.pass(backEnd, frontEnd, false));
      recorder.pass(frontEnd, backEnd, true);
      backEnd.shutdown();
      replies.join();
    } finally {
      Files.delete(Path.of(arguments[0]));
    }
  }

  private void pass(UnixSocket from, UnixSocket to, boolean fromFrontEnd) {
    try (MessageChannel in = new MessageChannel(from);
        MessageChannel out = new MessageChannel(to)) {
      while (passNext(in, out, fromFrontEnd)) {
        // Until one side has closed.
      }
    } catch (IOException | ProtocolViolation e) {
      System.err.println((fromFrontEnd ? "front-end: " : "back-end: ") + e.getMessage());
    }
  }

  private boolean passNext(MessageChannel in, MessageChannel out, boolean fromFrontEnd)
      throws IOException, ProtocolViolation {
    try (Message message = in.receive()) {
      if (message == null) {
        return false;
      }
      // Written before it is passed on, so that a reply never comes before its request.
      synchronized (this) {
        transcript.println(TranscriptLine.of(fromFrontEnd, message));
      }
      List<Descriptor> descriptors = new ArrayList<>();
      try {
        while (message.descriptorCount() > 0) {
          descriptors.add(message.takeDescriptor());
        }
        int[] numbers = descriptors.stream().mapToInt(Descriptor::value).toArray();
        out.send(message.code(), message.flags(), message.payload(), numbers);
      } finally {
        descriptors.forEach(Descriptor::close);
      }
      return true;
    }
  }
}
