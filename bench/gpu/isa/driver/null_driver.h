/* What the two halves of the null driver share. */
#include <vulkan/vulkan.h>

typedef PFN_vkVoidFunction (*GetProc)(VkInstance, const char *);

extern GetProc realGet;                         /* RADV's own functions of an instance … */
extern PFN_vkGetDeviceProcAddr realDeviceGet;   /* … and of a device */

VkResult createShaderModule(VkDevice, const VkShaderModuleCreateInfo *, const VkAllocationCallbacks *, VkShaderModule *);
VkResult createComputePipelines(VkDevice, VkPipelineCache, uint32_t, const VkComputePipelineCreateInfo *,
                                const VkAllocationCallbacks *, VkPipeline *);
