package org.patchbay.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.EndpointInfo;
import org.patchbay.api.control.EndpointRegistry;
import org.patchbay.api.control.NicStatistics;
import org.patchbay.api.control.StuckThread;
import org.patchbay.api.control.SwapReason;
import org.patchbay.api.control.SwapRecord;

/** Every command, over services that the test has in its hand. */
class CommandTableTest {

  private static final long GIGABIT = 1_000_000_000L;

  private final PlatformServices services = new PlatformServices();
  private final List<EndpointInfo> endpoints = new ArrayList<>();
  private final List<StuckThread> stuck = new ArrayList<>();
  private final FakeNic nic = new FakeNic("nic0");
  private final FakeControl control = new FakeControl("nic0");
  private final FakeResolver resolver = new FakeResolver();
  private final List<Long> pauses = new ArrayList<>();
  private final CommandTable table = new CommandTable(services, pauses::add);

  @BeforeEach
  void provideServices() {
    endpoints.add(endpoint("loopback", true, false, List.of()));
    endpoints.add(endpoint("tap1", false, false, List.of("nic0")));
    endpoints.add(endpoint("tap2", false, false, List.of()));
    endpoints.add(endpoint("tap2", false, true, List.of()));
    services.set(
        new EndpointRegistry() {
          @Override
          public List<EndpointInfo> endpoints() {
            return List.copyOf(endpoints);
          }

          @Override
          public List<StuckThread> stuckThreads() {
            return List.copyOf(stuck);
          }
        });
    services.set(resolver);
    services.add(nic);
    services.add(control);
    control.current = "tap1";
    control.wanted = "tap1";
  }

  private static EndpointInfo endpoint(
      String name, boolean prototype, boolean shadowed, List<String> usedBy) {
    return new EndpointInfo(
        name,
        prototype ? name : "tap",
        "org.patchbay.test",
        "1.2.3",
        "",
        prototype,
        shadowed,
        usedBy,
        true,
        1,
        List.of("tcp"),
        10 * GIGABIT);
  }

  private String run(String line) {
    try {
      return table.execute(line);
    } catch (CommandRefused | InterruptedException e) {
      throw new AssertionError(line + " was refused", e);
    }
  }

  private String refusal(String line) {
    String sentence = assertThrows(CommandRefused.class, () -> table.execute(line)).sentence();
    assertFalse(
        sentence.codePoints().anyMatch(Character::isISOControl), "more than a line: " + sentence);
    assertTrue(sentence.endsWith("."), "no sentence: " + sentence);
    return sentence;
  }

  @Test
  void endpointsShowsHowEachIsUsed() {
    assertEquals(
        """
        NAME      TYPE      STATE      USED BY  BUNDLE             VERSION  VENDOR  QUEUES  ORDERED      SPEED  OFFLOADS
        loopback  loopback  each plug  -        org.patchbay.test  1.2.3    -            1  yes      10 Gbit/s  tcp
        tap1      tap       plugged    nic0     org.patchbay.test  1.2.3    -            1  yes      10 Gbit/s  tcp
        tap2      tap       free       -        org.patchbay.test  1.2.3    -            1  yes      10 Gbit/s  tcp
        tap2      tap       shadowed   -        org.patchbay.test  1.2.3    -            1  yes      10 Gbit/s  tcp""",
        run("endpoints"));
  }

  @Test
  void endpointsAreFilteredByTextAndByColumn() {
    assertEquals(2, run("endpoints tap2").lines().filter(line -> line.startsWith("tap2")).count());
    assertTrue(run("endpoints type=tap state=free").endsWith("\n1 of 4 endpoints."));
    assertTrue(run("endpoints used-by=nic0").contains("\ntap1 "));
    assertEquals("0 of 4 endpoints.", run("endpoints nothing"));
    assertTrue(
        refusal("endpoints kind=tap")
            .startsWith("There is no column 'kind'; the columns are: name"));
  }

  @Test
  void aThousandEndpointsAreAlignedAndFoundAgain() {
    for (int i = 0; i < 1000; i++) {
      endpoints.add(endpoint("far" + i, false, false, List.of()));
    }
    List<String> lines = run("endpoints").lines().toList();
    assertEquals(1005, lines.size());
    int column = lines.getFirst().indexOf("BUNDLE");
    assertTrue(lines.stream().skip(1).allMatch(line -> line.startsWith("org.patchbay", column)));
    assertTrue(run("endpoints name=far77").endsWith("\n11 of 1004 endpoints."));
  }

  @Test
  void strangersNamesDoNotReachTheTerminalAsTheyAre() {
    endpoints.add(endpoint("bad\u001b[2J\nnic0\u202e" + "x".repeat(200), false, false, List.of()));
    for (String line :
        List.of("endpoints", "inspect 'bad\u001b[2J\nnic0\u202e" + "x".repeat(200) + "'")) {
      String answer = run(line);
      assertTrue(
          answer.codePoints().allMatch(point -> point == '\n' || !Character.isISOControl(point)));
      assertFalse(answer.contains("\u202e"));
    }
    List<String> lines = run("endpoints").lines().toList();
    assertEquals(6, lines.size());
    assertTrue(lines.getLast().startsWith("bad?[2J nic0?xxx"), lines.getLast());
    assertTrue(lines.getLast().length() < 250);
    assertFalse(run("complete 'inspect b'").contains("bad"));
    refusal("unplug bad\u001b[2J");
  }

  @Test
  void emptyPlatformIsSaidInASentence() {
    CommandTable empty = new CommandTable(new PlatformServices(), pauses::add);
    for (String line : List.of("endpoints", "nics", "stats")) {
      String answer = assertDoesNotRefuse(empty, line);
      assertTrue(answer.startsWith("There are no "), answer);
    }
    CommandRefused refused =
        assertThrows(CommandRefused.class, () -> empty.execute("plug nic0 loopback"));
    assertEquals("There is no NIC 'nic0'; there are no NICs at all.", refused.sentence());
    assertThrows(CommandRefused.class, () -> empty.execute("create tap"));
    assertThrows(CommandRefused.class, () -> empty.execute("delete tap1"));
    assertThrows(CommandRefused.class, () -> empty.execute("inspect nic0"));
  }

  private static String assertDoesNotRefuse(CommandTable table, String line) {
    try {
      return table.execute(line);
    } catch (CommandRefused | InterruptedException e) {
      throw new AssertionError(line + " was refused", e);
    }
  }

  @Test
  void nicsShowsWantedAndCurrent() {
    control.wanted = "tap2";
    FakeControl idle = new FakeControl("nic1");
    services.add(idle);
    assertEquals(
        """
        NAME  FRONTEND  LINK  WANTED  CURRENT  TYPE  SWAPS
        nic0  probe     up    tap2    tap1     tap       0
        nic1  -         -     -       -        null      -""",
        run("nics"));
    services.remove(idle);
    services.remove(control);
    assertTrue(run("nics").contains("nic0  probe     up    -       -"), run("nics"));
  }

  @Test
  void plugReportsTheSwapOnOneLine() {
    assertEquals(
        "nic0: tap1 -> tap2, blackout 42 µs, switch 9 µs, 256 buffers returned, 1 frame lost",
        run("plug nic0 tap2"));
    assertEquals("tap2", control.current);
    assertEquals(List.of(), pauses, "a known blackout must not be waited for");
  }

  @Test
  void plugWaitsForTheFirstPacketButNotLong() {
    control.blackoutNanos = -1;
    assertTrue(run("plug nic0 tap2").contains("blackout open (no packet yet), "));
    assertTrue(pauses.stream().mapToLong(Long::longValue).sum() <= 250_000_000L, "" + pauses);

    CommandTable packetPasses =
        new CommandTable(
            services,
            nanos ->
                control.records.set(
                    1, FakeControl.record("nic0", "a", "b", 2, SwapReason.PLUGGED, 5_000)));
    assertTrue(
        assertDoesNotRefuse(packetPasses, "plug nic0 tap1").contains("blackout 5 µs, "),
        "the record that the packet completed is the one to show");
  }

  @Test
  void unplugLeavesTheFallback() {
    assertEquals(
        "nic0: tap1 -> -, blackout 42 µs, switch 9 µs, 256 buffers returned, 1 frame lost",
        run("unplug nic0"));
    assertTrue(control.wanted().isEmpty());
  }

  @Test
  void failedPlugSaysWhyAndWhereTheNicIs() {
    control.next =
        CompletableFuture.failedFuture(
            new EndpointException(EndpointError.CLAIMED, "tap2 is plugged to nic7"));
    assertEquals(
        "nic0 was not plugged to tap2: the endpoint is plugged elsewhere: tap2 is plugged to nic7;"
            + " nic0 is on tap1.",
        refusal("plug nic0 tap2"));
    control.current = null;
    assertTrue(refusal("plug nic0 tap2").endsWith("; nothing is plugged to nic0."));
  }

  @Test
  void plugGivesUpAfterItsLimit() {
    control.next = new CompletableFuture<>();
    Command plug = new NicCommands(services, pauses::add, Duration.ofMillis(20)).commands().get(1);
    CommandRefused refused =
        assertThrows(CommandRefused.class, () -> plug.action().run(List.of("nic0", "tap2")));
    assertTrue(refused.sentence().contains("see: inspect nic0"), refused.sentence());
    assertFalse(control.next.isCancelled(), "the swap goes on");
  }

  @Test
  void interruptEndsTheWaitForAPlug() throws InterruptedException {
    control.next = new CompletableFuture<>();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread operator =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    table.execute("plug nic0 tap2");
                  } catch (CommandRefused | InterruptedException e) {
                    thrown.set(e);
                  }
                });
    operator.interrupt();
    assertTrue(operator.join(Duration.ofSeconds(5)));
    assertInstanceOf(InterruptedException.class, thrown.get());
  }

  @Test
  void linkGoesDownAndUp() {
    assertEquals("nic0: link down", run("link nic0 down"));
    assertFalse(nic.linkUp);
    assertEquals("nic0: link up", run("link nic0 up"));
    assertTrue(nic.linkUp);
    assertEquals("A link can't be 'on'; write up or down.", refusal("link nic0 on"));
    nic.linkFailure = new EndpointException(EndpointError.UNSUPPORTED, "a probe has no link");
    assertTrue(refusal("link nic0 down").startsWith("The link of nic0 stays: "));
  }

  @Test
  void createHandsTheParametersOn() {
    assertEquals("t9 is there.", run("create tap name=t9 ifname=a=b 'note=two words'"));
    assertEquals(
        List.of(Map.of("name", "t9", "ifname", "a=b", "note", "two words")), resolver.created);
    assertEquals("tap0 is there.", run("create tap"));
  }

  @Test
  void createRefusesWhatIsNoParameter() {
    assertTrue(refusal("create tap up").startsWith("'up' is no parameter; write KEY=VALUE"));
    assertTrue(refusal("create tap =up").startsWith("'=up' is no parameter"));
    assertTrue(refusal("create tap a=1 a=2").startsWith("The parameter 'a' is given twice"));
    assertTrue(refusal("create bridge").contains("the types are: pcap, tap"));
    assertEquals(List.of(), resolver.created);
  }

  @Test
  void deleteRemovesByName() {
    assertEquals("tap1 is gone.", run("delete tap1"));
    assertEquals(List.of("tap1"), resolver.deleted);
    assertTrue(refusal("delete tap7").startsWith("'tap7' was not deleted: "));
  }

  @Test
  void statsTakesRatesFromTwoLooks() {
    nic.looks.clear();
    nic.looks.add(statistics(1_000, 64_000, 900, 57_600, 0));
    nic.looks.add(statistics(2_000, 128_000, 1_900, 121_600, 3));
    String all = run("stats");
    assertEquals(List.of(500_000_000L), pauses);
    List<String> lines = all.lines().toList();
    assertEquals(3, lines.size(), all);
    assertTrue(lines.get(1).matches("nic0 +2000 +128000 +\\d+ .* +1900 +121600 .*"), all);
    assertEquals("ids outstanding: 3", lines.get(2));
  }

  @Test
  void statsOfOneNicNamesEveryCounter() {
    nic.looks.clear();
    nic.looks.add(statistics(1, 64, 2, 128, 0));
    String one = run("stats nic0");
    assertTrue(one.contains("tx packets: 1\n"), one);
    assertTrue(one.contains("rx packets a second: 0\n"), one);
    assertTrue(one.contains("refused ids: 7\n"), one);
    assertTrue(one.endsWith("ids outstanding: 0"), one);
    assertEquals("There is no NIC 'nic1'; the NICs are: nic0.", refusal("stats nic1"));
  }

  private static NicStatistics statistics(
      long txPackets, long txBytes, long rxPackets, long rxBytes, long outstanding) {
    return new NicStatistics(
        txPackets, txBytes, rxPackets, rxBytes, 4, 5, 6, 8, 9, 7, outstanding, 10, 11, 12);
  }

  @Test
  void inspectOfANicShowsBothSidesAndTheRecords() {
    run("plug nic0 tap2");
    control.records.add(
        new SwapRecord(
            FakeControl.record("nic0", "", "", 0, SwapReason.LEFT, 0).time(),
            "nic0",
            "tap2",
            "-",
            2,
            SwapReason.FAILED_OVER,
            "it broke",
            1,
            -1,
            0,
            0));
    String text = run("inspect nic0");
    for (String expected :
        List.of(
            "NIC nic0\n",
            "  frontend: probe\n",
            "    workers: 1\n",
            "  ids outstanding: 0\n",
            "    generation: 2\n",
            "  endpoint tap2\n    interface: tap-nic0\n",
            "  last swaps\n    TIME ")) {
      assertTrue(text.contains(expected), expected + " is missing in:\n" + text);
    }
    assertTrue(text.matches("(?s).*tap1 +tap2 +plugged +42 µs +9 µs +256 +1 +-\n.*"), text);
    assertTrue(text.matches("(?s).*tap2 +- +failed over +open .* it broke"), text);
  }

  @Test
  void inspectOfAnEndpointShowsWhatItIsAndItsOwnWords() {
    assertEquals(
        """
        endpoint tap1
          type: tap
          state: plugged
          used by: nic0
          instances: one
          ordered: true
          max queues: 1
          link speed: 10 Gbit/s
          offloads: tcp
          bundle: org.patchbay.test 1.2.3
          vendor: -
          plugged to nic0
            interface: tap-nic0""",
        run("inspect tap1"));
  }

  @Test
  void inspectOfAnEndpointNamesTheThreadThatItKeeps() {
    stuck.add(
        new StuckThread(
            "patchbay-call-7",
            "stop",
            "tap1",
            "bundle org.patchbay.test 1.2.3",
            "nic0",
            Instant.now(),
            "org.example.Tap.stop(Tap.java:1)"));
    String text = run("inspect tap1");
    assertTrue(
        text.contains(
            "stuck-thread: patchbay-call-7 in stop of endpoint tap1 of bundle org.patchbay.test"
                + " 1.2.3, since "),
        text);
    assertTrue(text.contains(", at org.example.Tap.stop(Tap.java:1)"), text);
    assertFalse(run("inspect tap2").contains("stuck-thread"));
  }

  @Test
  void ofAThousandNamesTheFirstAreListed() {
    List<String> names = IntStream.range(0, 1000).mapToObj(i -> "e" + i).toList();
    String listed = PlatformServices.thereAre("endpoints", names);
    assertTrue(listed.startsWith("the endpoints are: e0, e1, "), listed);
    assertTrue(listed.endsWith(", e23 and 976 more"), listed);
  }

  @Test
  void inspectOfNothingListsWhatThereIs() {
    assertEquals(
        "There is no NIC and no endpoint 'x'; the NICs are: nic0; the endpoints are: loopback,"
            + " tap1, tap2.",
        refusal("inspect x"));
  }

  @ParameterizedTest
  @CsvSource({
    "plug, An argument is missing; the usage is: plug NIC ENDPOINT.",
    "plug nic0, An argument is missing; the usage is: plug NIC ENDPOINT.",
    "plug nic0 tap1 x, There are too many arguments; the usage is: plug NIC ENDPOINT.",
    "unplug, An argument is missing; the usage is: unplug NIC.",
    "nics x, There are too many arguments; the usage is: nics.",
    "link nic0, An argument is missing; the usage is: link NIC up|down.",
    "create, An argument is missing; the usage is: create TYPE [KEY=VALUE...].",
    "delete, An argument is missing; the usage is: delete NAME.",
    "inspect, An argument is missing; the usage is: inspect NAME.",
    "stats a b, There are too many arguments; the usage is: stats [NIC].",
  })
  void wrongNumberOfArgumentsShowsTheUsage(String line, String sentence) {
    assertEquals(sentence, refusal(line));
  }

  @ParameterizedTest
  @CsvSource({"plug nic9 tap1", "unplug nic9", "link nic9 up", "stats nic9"})
  void unknownNicListsThoseThereAre(String line) {
    assertEquals("There is no NIC 'nic9'; the NICs are: nic0.", refusal(line));
  }

  @Test
  void nicThatEndsIsNotCalledUnknown() {
    services.remove(control);
    assertTrue(refusal("plug nic0 tap1").contains("it is ending"));
    services.add(control);
    services.remove(nic);
    assertTrue(refusal("link nic0 up").contains("no frontend"));
  }

  @Test
  void unknownCommandListsTheCommands() {
    String commands =
        "complete, create, delete, endpoints, help, inspect, link, nics, plug, stats, unplug.";
    assertEquals("There is no command 'x'; the commands are: " + commands, refusal("x y"));
    assertEquals("The line holds no command; the commands are: " + commands, refusal(" \t"));
    assertEquals("There is no command 'x'; the commands are: " + commands, refusal("help x"));
  }

  @Test
  void helpListsAllAndExplainsEach() {
    String list = run("help");
    assertEquals(table.commands().size(), list.lines().count());
    for (Command command : table.commands()) {
      assertTrue(list.contains(command.usage()), list);
      String help = run("help " + command.name());
      assertTrue(help.startsWith(command.usage() + "\n  " + command.summary() + "\n\n"), help);
      assertFalse(command.help().isBlank(), command.name());
    }
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "complete pl|plug",
        "complete plug |nic0",
        "complete plug nic0 t|tap1,tap2",
        "complete 'plug nic0 '|loopback,tap1,tap2",
        "complete \"link nic0 \"|down,up",
        "complete link nic0 u|up",
        "complete create |pcap,tap",
        "complete create tap n|name=",
        "complete delete l|loopback",
        "complete inspect |loopback,nic0,tap1,tap2",
        "complete stats n|nic0",
        "complete help li|link",
        "complete nonsense |",
        "complete plug nic0 tap1 |",
      },
      delimiter = '|')
  void completeListsWhatCanFollow(String line, String candidates) {
    String expected = candidates == null ? "" : candidates.replace(',', '\n');
    assertEquals(expected, run(line));
  }

  @Test
  void completeOfNothingListsTheCommands() {
    assertEquals(table.commands().size(), run("complete").lines().count());
  }

  @Test
  void registryAndResolverAreReplacedBeforeTheOldOnesGo() {
    FakeResolver newer = new FakeResolver();
    services.set(newer);
    services.unset(resolver);
    assertEquals("tap0 is there.", run("create tap"));
    assertEquals(1, newer.created.size());
    services.unset(newer);
    assertTrue(refusal("create tap").contains("EndpointResolver is missing"));
  }
}
