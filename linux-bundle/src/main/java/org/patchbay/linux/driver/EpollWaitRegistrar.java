package org.patchbay.linux.driver;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.patchbay.api.driver.WorkerWaitFactory;
import org.patchbay.linux.LinuxPlatform;

/**
 * Registers the epoll wait where it can work, and says in the log why it does not where it cannot:
 * the engine takes the wait that parks then.
 */
@Component(
    service = {},
    immediate = true)
public final class EpollWaitRegistrar {
  /** Before any wait that cannot watch descriptors. */
  static final int RANKING = 100;

  private final @Nullable ServiceRegistration<WorkerWaitFactory> registration;

  /** Called by Declarative Services. */
  @Activate
  public EpollWaitRegistrar(
      BundleContext context, @Reference(service = LoggerFactory.class) Logger logger) {
    String problem = LinuxPlatform.problem();
    if (problem == null) {
      registration =
          context.registerService(
              WorkerWaitFactory.class,
              new EpollWaitFactory(),
              FrameworkUtil.asDictionary(Map.of(Constants.SERVICE_RANKING, RANKING)));
    } else {
      registration = null;
      logger.warn("Descriptors can't be waited for. {}", problem);
    }
  }

  /** Called by Declarative Services. */
  @Deactivate
  public void deactivate() {
    if (registration != null) {
      registration.unregister();
    }
  }
}
