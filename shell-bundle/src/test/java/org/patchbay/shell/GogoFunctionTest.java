package org.patchbay.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The commands in Gogo's real processor, with its own ideas of words. */
class GogoFunctionTest {

  private final ThreadIOImpl threadIo = new ThreadIOImpl();
  private final CommandProcessorImpl processor = new CommandProcessorImpl(threadIo);
  private final FakeResolver resolver = new FakeResolver();
  private final FakeControl control = new FakeControl("nic0");
  private CommandSession session =
      processor.createSession(
          new ByteArrayInputStream(new byte[0]),
          new ByteArrayOutputStream(),
          new ByteArrayOutputStream());

  @BeforeEach
  void addCommands() {
    threadIo.start();
    PlatformServices services = new PlatformServices();
    services.set(resolver);
    services.add(control);
    services.add(new FakeNic("nic0"));
    CommandTable table = new CommandTable(services, nanos -> {});
    for (Command command : table.commands()) {
      processor.addCommand(
          GogoFunction.SCOPE, new GogoFunction(table, command.name()), command.name());
    }
    processor.addCommand(GogoFunction.SCOPE, new GogoCandidates(table), GogoCandidates.NAME);
  }

  @AfterEach
  void closeSession() {
    session.close();
    processor.stop();
    threadIo.stop();
  }

  @Test
  void commandsAnswerWithOrWithoutTheScope() throws Exception {
    assertEquals(
        "nic0: - -> tap1, blackout 42 µs, switch 9 µs, 256 buffers returned, 1 frame lost",
        session.execute("plug nic0 tap1"));
    assertEquals("nic0: link down", session.execute("patchbay:link nic0 down"));
  }

  @Test
  void parametersReachTheResolverAsTheyWereTyped() throws Exception {
    assertEquals(
        "t1 is there.", session.execute("create tap name=t1 mtu=09000 up=true note='two words'"));
    assertEquals(
        List.of(Map.of("name", "t1", "mtu", "09000", "up", "true", "note", "two words")),
        resolver.created);
  }

  @Test
  void refusalPrintsAsASentence() {
    CommandRefused refused =
        assertThrows(CommandRefused.class, () -> session.execute("unplug nic7"));
    assertEquals("There is no NIC 'nic7'; the NICs are: nic0.", refused.toString());
  }

  @Test
  void candidatesTakeTheWordsOfALineAndTheIndex() throws Exception {
    assertEquals(List.of("nic0"), session.execute("candidates [plug ''] 1"));
    assertEquals(List.of("up"), session.execute("candidates [patchbay:link nic0 u] 2"));
    assertThrows(CommandRefused.class, () -> session.execute("candidates [plug] 1"));
    assertThrows(CommandRefused.class, () -> session.execute("candidates plug"));
  }
}
