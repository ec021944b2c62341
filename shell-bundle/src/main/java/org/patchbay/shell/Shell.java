package org.patchbay.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.felix.service.command.Function;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.patchbay.api.EndpointResolver;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.EndpointRegistry;
import org.patchbay.api.control.Nic;

/**
 * Offers the commands to Gogo and on the control socket, from activation to deactivation, and
 * follows the services that they work on.
 */
@Component(
    service = {},
    immediate = true)
public final class Shell {

  /** System property: the folder, of mode 0700, for the control socket. */
  static final String RUN_PROPERTY = "patchbay.run";

  private final Logger logger;
  private final PlatformServices services = new PlatformServices();
  private final CountDownLatch ending = new CountDownLatch(1);
  private final List<ServiceRegistration<Function>> functions = new ArrayList<>();
  private @Nullable ControlSocket socket;

  /** Called by Declarative Services. */
  @Activate
  public Shell(@Reference(service = LoggerFactory.class) Logger logger) {
    this.logger = logger;
  }

  /** Called by Declarative Services, after the references are bound. */
  @Activate
  void activate(BundleContext context) {
    CommandTable table = new CommandTable(services, this::pause);
    for (Command command : table.commands()) {
      // Gogo's JLine shell has a builtin 'complete', and asks the function below instead.
      if (!command.name().equals(CommandTable.COMPLETE)) {
        register(context, command.name(), new GogoFunction(table, command.name()));
      }
    }
    register(context, GogoCandidates.NAME, new GogoCandidates(table));
    socket = openSocket(table);
  }

  /** Called by Declarative Services, before the references are unbound. */
  @Deactivate
  void deactivate() {
    ending.countDown();
    functions.forEach(ServiceRegistration::unregister);
    functions.clear();
    ControlSocket open = socket;
    socket = null;
    if (open != null && !open.close()) {
      logger.error("A command on the control socket did not end in time and was abandoned.");
    }
  }

  private void register(BundleContext context, String name, Function function) {
    Dictionary<String, Object> properties =
        FrameworkUtil.asDictionary(
            Map.of(
                GogoFunction.SCOPE_PROPERTY,
                GogoFunction.SCOPE,
                GogoFunction.FUNCTION_PROPERTY,
                new String[] {name}));
    functions.add(context.registerService(Function.class, function, properties));
  }

  private @Nullable ControlSocket openSocket(CommandTable table) {
    String folder = System.getProperty(RUN_PROPERTY);
    if (folder == null) {
      logger.info(
          "There is no control socket, as the system property {} is not set.", RUN_PROPERTY);
      return null;
    }
    try {
      return ControlSocket.open(Path.of(folder), table, logger);
    } catch (IOException e) {
      logger.error("There is no control socket: {}", e.getMessage(), e);
      return null;
    }
  }

  private void pause(long nanos) throws InterruptedException {
    // True only when the bundle stops; the command then ends with what it has.
    boolean stopping = ending.await(nanos, TimeUnit.NANOSECONDS);
    if (stopping) {
      logger.debug("A command's wait ended early, as the shell stops.");
    }
  }

  /** Called by Declarative Services. */
  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      unbind = "removeNic")
  void addNic(Nic nic) {
    services.add(nic);
  }

  /** Called by Declarative Services. */
  void removeNic(Nic nic) {
    services.remove(nic);
  }

  /** Called by Declarative Services. */
  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      unbind = "removeControl")
  void addControl(DisconnectableControl control) {
    services.add(control);
  }

  /** Called by Declarative Services. */
  void removeControl(DisconnectableControl control) {
    services.remove(control);
  }

  /** Called by Declarative Services. */
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY,
      unbind = "unsetRegistry")
  void setRegistry(EndpointRegistry registry) {
    services.set(registry);
  }

  /** Called by Declarative Services. */
  void unsetRegistry(EndpointRegistry registry) {
    services.unset(registry);
  }

  /** Called by Declarative Services. */
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY,
      unbind = "unsetResolver")
  void setResolver(EndpointResolver resolver) {
    services.set(resolver);
  }

  /** Called by Declarative Services. */
  void unsetResolver(EndpointResolver resolver) {
    services.unset(resolver);
  }
}
