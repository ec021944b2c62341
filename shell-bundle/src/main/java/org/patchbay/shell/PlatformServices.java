package org.patchbay.shell;

import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointResolver;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.EndpointInfo;
import org.patchbay.api.control.EndpointRegistry;
import org.patchbay.api.control.Nic;
import org.patchbay.api.control.StuckThread;

/** The services that are there at the moment. Any thread; they come and go meanwhile. */
final class PlatformServices {

  private static final int MOST_LISTED = 24;

  private final List<Nic> nics = new CopyOnWriteArrayList<>();
  private final List<DisconnectableControl> controls = new CopyOnWriteArrayList<>();
  private volatile @Nullable EndpointRegistry registry;
  private volatile @Nullable EndpointResolver resolver;

  void add(Nic nic) {
    nics.add(nic);
  }

  void remove(Nic nic) {
    nics.remove(nic);
  }

  void add(DisconnectableControl control) {
    controls.add(control);
  }

  void remove(DisconnectableControl control) {
    controls.remove(control);
  }

  synchronized void set(EndpointRegistry service) {
    registry = service;
  }

  /** Forgets a service unless another has taken its place, as DS binds before it unbinds. */
  synchronized void unset(EndpointRegistry service) {
    if (registry == service) {
      registry = null;
    }
  }

  synchronized void set(EndpointResolver service) {
    resolver = service;
  }

  /** Forgets a service unless another has taken its place, as DS binds before it unbinds. */
  synchronized void unset(EndpointResolver service) {
    if (resolver == service) {
      resolver = null;
    }
  }

  /** The names of all NICs, sorted; one may lack its frontend or its control for a moment. */
  List<String> nicNames() {
    SortedSet<String> names = new TreeSet<>();
    nics.forEach(nic -> names.add(nic.name()));
    controls.forEach(control -> names.add(control.nic()));
    return List.copyOf(names);
  }

  /** All endpoints; none without a registry. */
  List<EndpointInfo> endpoints() {
    EndpointRegistry present = registry;
    return present == null ? List.of() : present.endpoints();
  }

  /** Threads that calls of an endpoint hold for ever. */
  List<StuckThread> stuckThreads(String endpoint) {
    EndpointRegistry present = registry;
    return present == null
        ? List.of()
        : present.stuckThreads().stream()
            .filter(thread -> thread.endpoint().equals(endpoint))
            .toList();
  }

  /** The names of all endpoints, each once, sorted. */
  List<String> endpointNames() {
    return endpoints().stream().map(EndpointInfo::name).sorted().distinct().toList();
  }

  /** The backend types that can be created; none without a resolver. */
  List<String> types() {
    EndpointResolver present = resolver;
    return present == null ? List.of() : present.types();
  }

  Optional<Nic> findNic(String name) {
    return nics.stream().filter(nic -> nic.name().equals(name)).findFirst();
  }

  Optional<DisconnectableControl> findControl(String name) {
    return controls.stream().filter(control -> control.nic().equals(name)).findFirst();
  }

  /**
   * The frontend's side of a NIC.
   *
   * @throws CommandRefused with the names there are
   */
  Nic nic(String name) throws CommandRefused {
    Optional<Nic> nic = findNic(name);
    if (nic.isPresent()) {
      return nic.get();
    }
    throw findControl(name).isPresent()
        ? new CommandRefused("NIC '" + name + "' has no frontend at the moment")
        : noSuchNic(name);
  }

  /**
   * The operator's side of a NIC's disconnectable.
   *
   * @throws CommandRefused with the names there are
   */
  DisconnectableControl control(String name) throws CommandRefused {
    Optional<DisconnectableControl> control = findControl(name);
    if (control.isPresent()) {
      return control.get();
    }
    throw findNic(name).isPresent()
        ? new CommandRefused("NIC '" + name + "' can't be plugged at the moment: it is ending")
        : noSuchNic(name);
  }

  /**
   * The resolver.
   *
   * @throws CommandRefused if there is none
   */
  EndpointResolver resolver() throws CommandRefused {
    EndpointResolver present = resolver;
    if (present == null) {
      throw new CommandRefused(
          "Endpoints can't be created or deleted while the service EndpointResolver is missing:"
              + " start the bundle org.patchbay.disconnectable and its requirements");
    }
    return present;
  }

  private CommandRefused noSuchNic(String name) {
    return new CommandRefused("There is no NIC '" + name + "'; " + thereAre("NICs", nicNames()));
  }

  /** A clause that lists names, the first of very many, or says that there are none. */
  static String thereAre(String what, List<String> names) {
    return names.isEmpty()
        ? "there are no " + what + " at all"
        : "the " + what + " are: " + firstOf(names);
  }

  /** Names one after the other, the first few of many. */
  private static String firstOf(List<String> names) {
    int more = names.size() - MOST_LISTED;
    return more <= 0
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, MOST_LISTED)) + " and " + more + " more";
  }
}
